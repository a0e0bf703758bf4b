"""Everything that is kept: engine, tables, queries, writes, tiles, access."""
