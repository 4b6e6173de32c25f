"""Exact nearest neighbours by cosine: individuals' unmasked features in bounded memory, blocks of matrix
products, and float64 where two neighbours are too close for float32 to tell which is nearer."""
