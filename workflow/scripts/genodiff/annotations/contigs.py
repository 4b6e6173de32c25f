"""Names of chromosomes, with or without 'chr', by letter or by PLINK's number."""

# PLINK's numbers of the human chromosomes with letters; XY is the pseudo-autosomal region of X.
_LETTERS = {"23": "X", "24": "Y", "25": "XY", "26": "MT", "M": "MT"}
_LETTERS |= {name: name for name in _LETTERS.values()}


def plain(name: str) -> str:
    """A chromosome's name without 'chr' and zeros before a number, and with letters instead of PLINK's
    numbers: 'chr1' and '01' equal '1', 'chrM' equals 'MT', and '23' and 'x' equal 'X'."""
    bare = without_chr(name)
    if bare.isdecimal():
        bare = bare.lstrip("0") or "0"
    return _LETTERS.get(bare.upper(), bare)


def without_chr(name: str) -> str:
    """A name without the prefix 'chr'."""
    return name[3:] if name.lower().startswith("chr") and len(name) > 3 else name


def natural_order(name: str) -> tuple:
    """Sort key: numbered chromosomes by number, then the others by name."""
    return (0, int(name), "") if name.isdigit() else (1, 0, name)
