"""Figures: their look (`style`, `labels`), and a module for each."""
