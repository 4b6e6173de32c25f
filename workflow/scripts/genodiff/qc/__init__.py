"""Counts of what quality control kept and removed, and their tables."""
