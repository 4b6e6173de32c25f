"""The figures of the report, embedded, with captions."""

import base64
from dataclasses import dataclass
from pathlib import Path

# Name of a figure's files, its heading, and its caption.
CAPTIONS = {
    "privacy": (
        "Usefulness against attacks",
        "Each point is a generator: its chance-corrected recovery against the AUC of the strongest "
        "attack on its training individuals. The ideal is the upper left. The grey band is the null, "
        "real individuals that no generator was fitted to. The words below the axis are the verdicts "
        "on privacy above, which also use the other attacks and Table 3. Nothing found by these attacks "
        "is no proof of privacy.",
    ),
    "release_size": (
        "How much to release",
        "Find the largest number of individuals and genes whose AUC, with its bar, you accept, and "
        "release no more. Left: the attack on the means of classes, on parts of the individuals that "
        "are released; right: the attack that is the strongest on all of them. Grey: the null with most "
        "genes, real individuals that no generator was fitted to. Dashed: what the attack on class "
        "means reaches in theory if the generator keeps the means of its training individuals and the "
        "attacker knows those of the population; it is no bound for other attacks. A small AUC of a "
        "small release does not protect individuals of whom it has copies.",
    ),
    "size": (
        "Size of the synthetic cohort",
        "Accuracy of classifiers that were trained on more synthetic individuals than there are "
        "training individuals. A rise to the right shows the sampling noise of a small synthetic "
        "cohort; the difference that remains to real individuals is due to the generator.",
    ),
    "augmentation": (
        "Few real individuals and synthetic ones",
        "Accuracy of classifiers that were trained on a share of the real individuals, alone and "
        "together with synthetic individuals from a generator that was fitted to this share only.",
    ),
    "labels": (
        "Few labels",
        "Accuracy of classifiers where only a share of the real individuals has labels: trained on "
        "these (grey circles), on all real individuals with labels that self-training guessed "
        "(squares), on synthetic individuals of a generator that was fitted to all individuals, with "
        "the labels that there are (triangles), and on labelled and synthetic individuals together "
        "(filled circles). Unlabelled individuals helped where a coloured line is above the grey ones.",
    ),
    "figure3": (
        "Training",
        "Loss and reconstruction error of training and validation individuals. A rise of the validation "
        "curve while the training curve falls indicates over-fitting. A low loss does not imply a "
        "useful generator. (Figure 3 of the paper.)",
    ),
    "figure4": (
        "Reconstruction error against noise",
        "Error of validation individuals that are recovered in one step, in units of the error of a "
        "linear denoiser that knows nothing but the variance, with the same noise, against the noise "
        "level (0: none), at the start, in the middle and at the end of training. A network below 1 has "
        "learnt how features depend on one another. (Figure 4 of the paper, which shows the error.)",
    ),
    "denoising": (
        "Errors of denoisers",
        "Left: mean square error of validation individuals that are restored from noise, in units of "
        "that of the best linear denoiser, one Gaussian of all features. Grey: denoisers that need no "
        "training; the kernels know every training individual by heart, a gene or a chromosome at a "
        "time. A network above a grey curve has not learnt what that one knows. Right: the same error "
        "over that on training individuals; above 1 the network has memorised.",
    ),
    "figure5": (
        "UMAP of real and synthetic individuals",
        "Individuals by class, those of generators before the pale training individuals. A generator "
        "that covers only a part of the real individuals has lost the others. Distances, sizes of "
        "clusters and empty space in such a map have little meaning; Tables 2 and 3 measure what it "
        "suggests. (Figure 5 of the paper.)",
    ),
    "fidelity_frequency": (
        "Allele frequencies",
        "Frequency of the ALT allele of each SNP in individuals of a dataset against that in training "
        "individuals. The null has as many test individuals: what lies farther from the diagonal than "
        "there is not due to sampling.",
    ),
    "fidelity_ld": (
        "Linkage disequilibrium",
        "Mean squared correlation of the dosages of two SNPs by their distance, for SNPs of one gene "
        "and of different genes. A generator that treats genes independently has none between genes.",
    ),
    "fidelity_pca": (
        "Principal components of genotypes",
        "Individuals on the first two components of training individuals; those behind were not used "
        "for the components. A dataset that is narrower than the null has lost variance.",
    ),
    "fidelity_manhattan": (
        "Association with the label",
        "Above: all training individuals; below: all individuals of the dataset, of which the null has "
        "fewer. Dashed lines: p = 5e-8. Peaks should mirror each other; a peak on one side only is an "
        "association that was lost or invented.",
    ),
    "fidelity_effect": (
        "Effects of SNPs",
        "Effect of each frequent SNP on the label in individuals of a dataset against that in training "
        "individuals. The null shows how far estimates from so few individuals scatter.",
    ),
    "variance": (
        "Variance kept by the principal components",
        "Share of the variance of each gene among training individuals that its components keep. No "
        "generator can restore the rest.",
    ),
}
# Figures that show real individuals as points; of those of fidelity the rule leaves the points out.
WITH_REAL_POINTS = ("figure5", "fidelity_pca")
_LEFT_OUT = "figure5"
# Figures of the width of one column.
_NARROW = ("privacy", "variance")
# Bytes above which an SVG is not embedded if a PNG is smaller.
_LARGE = 500_000
_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".tsv": "text/tab-separated-values"}


@dataclass(frozen=True)
class Figure:
    """An embedded figure, and its number on the page."""

    number: int
    heading: str
    caption: str
    file: str
    uri: str
    wide: bool


def data_uri(path: Path) -> str:
    """The file as a data URI."""
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{_TYPES[path.suffix]};base64,{content}"


def _chosen(files: list[Path]) -> Path:
    small = [path for path in files if path.suffix == ".svg" and path.stat().st_size < _LARGE]
    return small[0] if small else min(files, key=lambda path: path.stat().st_size)


def embedded(paths: list[str], real_individuals: bool = True) -> dict[str, Figure]:
    """The figures of `paths` (each as SVG and PNG) by name, in the order of CAPTIONS: as SVG, or as PNG
    where the SVG is large and the PNG is smaller. Without `real_individuals` the UMAP is left
    out."""
    files: dict[str, list[Path]] = {}
    for path in map(Path, paths):
        if real_individuals or path.stem != _LEFT_OUT:
            files.setdefault(path.stem, []).append(path)
    chosen = {name: _chosen(files[name]) for name in CAPTIONS if name in files}
    return {
        name: Figure(number, *CAPTIONS[name], file.name, data_uri(file), name not in _NARROW)
        for number, (name, file) in enumerate(chosen.items(), 1)
    }
