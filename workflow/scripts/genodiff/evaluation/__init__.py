"""Measures of how good a dataset is. To add one: a module here."""
