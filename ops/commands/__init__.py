"""One module per group of commands; `ops.cli` says which."""
