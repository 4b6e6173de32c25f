"""Exact nearest neighbours by cosine: people's live slots in bounded memory, blocks of matrix products,
and float64 where two neighbours are too close for float32 to tell which is nearer."""
