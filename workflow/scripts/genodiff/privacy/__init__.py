"""Differential privacy: noise, what it costs, and what is spent."""
