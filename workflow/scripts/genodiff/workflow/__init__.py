"""What the Snakefile needs at parse time: standard library and pydantic only."""
