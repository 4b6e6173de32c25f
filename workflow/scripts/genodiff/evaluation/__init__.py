"""Measures of the quality of a dataset. To add one: a module here."""
