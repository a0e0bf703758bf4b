"""One module per kind of file: which columns it fills, and what can be wrong with them."""
