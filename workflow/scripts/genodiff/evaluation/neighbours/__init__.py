"""Exact nearest neighbours by cosine in bounded memory: float32 matrix products of blocks of
individuals, and float64 if the order of two neighbours is within their rounding error."""
