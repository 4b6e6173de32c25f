"""Tables of results: writing and reading."""
