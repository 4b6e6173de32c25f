"""Figures: what they look like (`style`, `labels`), and a module for each."""
