"""From files to layers: readers, mapping, checks, load, and the demo city."""
