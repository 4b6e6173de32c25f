"""The figures as the report shows them: embedded, with captions that say what to look for."""

import base64
from dataclasses import dataclass
from pathlib import Path

# Name of a figure's files, its heading, and its caption.
CAPTIONS = {
    "privacy": (
        "Usefulness against the attack",
        "Each point is a generator: how much of what real individuals teach it recovers, against how "
        "well the attack finds its training individuals. The upper left is the place to be. Grey "
        "band: the attack on individuals whom no generator saw. To the right of it something leaks; "
        "within it or to its left there may still be a leak that this attack does not see.",
    ),
    "size": (
        "Size of the synthetic cohort",
        "Accuracy of classifiers trained on more synthetic individuals than there are training individuals. "
        "What a line gains to the right is sampling noise of a small synthetic cohort; what it "
        "still lacks, its generator has not learned.",
    ),
    "augmentation": (
        "Few real individuals and synthetic ones",
        "Classifiers on a share of the real individuals, alone and with synthetic individuals from a "
        "generator that saw only that share.",
    ),
    "figure3": (
        "Figure 3. Training",
        "Loss and reconstruction error of training and validation individuals. Validation curves that "
        "rise while training curves fall would show over-fitting. A low loss does not make a "
        "useful generator.",
    ),
    "figure4": (
        "Figure 4. Reconstruction error against noise",
        "How well an individual is recovered in one step from more and more noise (logarithmic), at "
        "the start, in the middle and at the end of training. In the last bin almost no signal is "
        "left, and the recovery divides by nearly zero.",
    ),
    "figure5": (
        "Figure 5. UMAP of real and synthetic individuals",
        "Test individuals lie in front. A generator that covers only part of the real individuals has lost "
        "some of them. Distances, sizes of clumps and empty space in such a map mean little; "
        "tables 2 and 3 measure what it only suggests.",
    ),
    "variance": (
        "Variance kept by the principal components",
        "What the components of each gene keep of its variance among training individuals. What they "
        "lose, no generator can bring back.",
    ),
}
# Figures of one column's width.
_NARROW = ("privacy", "variance")
# Bytes above which an SVG is not embedded if a PNG is smaller.
_LARGE = 500_000
_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True)
class Figure:
    """An embedded figure."""

    heading: str
    caption: str
    uri: str
    wide: bool


def data_uri(path: Path) -> str:
    """The file as a data URI."""
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{_TYPES[path.suffix]};base64,{content}"


def _chosen(files: list[Path]) -> Path:
    small = [path for path in files if path.suffix == ".svg" and path.stat().st_size < _LARGE]
    return small[0] if small else min(files, key=lambda path: path.stat().st_size)


def embedded(paths: list[str]) -> dict[str, Figure]:
    """The figures of `paths` (each as SVG and PNG) by name, in the order of CAPTIONS: as SVG, or as PNG
    when a figure of many points is smaller so."""
    files: dict[str, list[Path]] = {}
    for path in map(Path, paths):
        files.setdefault(path.stem, []).append(path)
    return {
        name: Figure(*text, data_uri(_chosen(files[name])), name not in _NARROW)
        for name, text in CAPTIONS.items()
        if name in files
    }
