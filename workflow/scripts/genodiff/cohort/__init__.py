"""Who is in which set, and how many of which class."""
