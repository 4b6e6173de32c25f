"""Tables of results: written, and read again."""
