"""Names of chromosomes, with or without 'chr'."""


def plain(name: str) -> str:
    """A chromosome's name without 'chr': 'chr1' equals '1', and 'chrM' equals 'MT'."""
    bare = name[3:] if name.lower().startswith("chr") and len(name) > 3 else name
    return "MT" if bare == "M" else bare


def natural_order(name: str) -> tuple:
    """Sort key: numbered chromosomes by number, then the others by name."""
    return (0, int(name), "") if name.isdigit() else (1, 0, name)
