"""Counts of kept and removed individuals, records, calls and genes, and their tables."""
