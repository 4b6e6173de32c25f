"""Search for settings of generators that are better on validation individuals.

Only `study` imports Optuna, so that no other job waits for it.
"""
