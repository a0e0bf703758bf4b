"""The pages people look at, and the one server process that shows them."""
