"""Tables 1 to 3 in the report: the null first, in bold a generator that is better than all others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from genodiff.evaluation.paired import welch
from genodiff.generators import REFERENCES
from genodiff.generators.dataset import NULL, NULL_TITLE, REAL
from genodiff.tables.read import with_average
from genodiff.tables.table1 import AVERAGE, BATCH_TITLE, split_batch_row


@dataclass(frozen=True)
class Column:
    """A dataset's column; `kind` is null, generator or reference."""

    name: str
    title: str
    kind: str


@dataclass
class Cell:
    """One number with its error; `best`: better than that of every other generator; `tied`: the first of
    the generators, or not to be told from it, where none is best."""

    text: str
    note: str = ""
    best: bool = False
    tied: bool = False


@dataclass
class Table:
    """A table of the report: `rows` are pairs of headings and cells; `notes`, on daggers, and `remarks`
    are sentences below it."""

    caption: str
    headings: list[str]
    columns: list[Column]
    rows: list[tuple[list[str], list[Cell]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def columns_of(generators: dict[str, dict[str, Any]], null: str) -> list[Column]:
    """Columns of a table: the dataset `null` first, the generators in order, the references last."""
    found = [
        Column(name, entry["title"], "reference" if entry["kind"] in REFERENCES else "generator")
        for name, entry in generators.items()
    ]
    return [Column(null, NULL_TITLE, "null"), *sorted(found, key=lambda column: column.kind)]


@dataclass(frozen=True)
class Row:
    """The source of a row: its headings, its part of the long table, and the best possible value."""

    headings: list[str]
    numbers: pd.DataFrame  # dataset, seed, value, se, note
    target: float | None  # the best is nearest to this; None: none is marked
    paper: dict[str, float]
    # p of the difference of two datasets; None: that of independent numbers
    paired: Callable[[str, str], float] | None = None


def of_null(numbers: pd.DataFrame) -> float | None:
    """The mean over seeds of the null's value, to which the best is nearest; None without one."""
    mean = numbers.loc[numbers["dataset"] == NULL, "value"].mean()
    return None if pd.isna(mean) else float(mean)


# The heading of a row of printed numbers.
PRINTED = "paper"
# Largest p of a difference that counts.
_LEVEL = 0.05


def _cells(row: Row, columns: list[Column], digits: int) -> tuple[list[Cell], str]:
    """The cells of a row, and a sentence where no generator is better than all others."""
    cells, scores = [], {}
    for column in columns:
        own = row.numbers[row.numbers["dataset"] == column.name]
        values = own["value"].dropna()
        if values.empty:
            cells.append(Cell("NA"))
            continue
        mean, several = values.mean(), len(values) > 1
        error = values.std(ddof=1) / np.sqrt(len(values)) if several else own["se"].iloc[0]
        text = f"{mean:.{digits}f}"
        if several:
            text += f" ± {values.std(ddof=1):.{digits}f}"
        spread = f", SE {error:.{digits}f}" if np.isfinite(error) else ""
        note = own["note"].iloc[0] + spread + f" ({len(values)} seeds)" * several
        cells.append(Cell(text, note))
        if column.kind == "generator" and row.target is not None:
            scores[len(cells) - 1] = (abs(mean - row.target), _parts(own, values))
    return cells, _mark(row, columns, cells, scores)


def _parts(own: pd.DataFrame, values: pd.Series) -> list[tuple[float, float]]:
    """The variance of a mean over seeds and its degrees of freedom: that of the individuals, which all
    seeds share, and with several seeds that over seeds."""
    parts = [((own["se"] ** 2).mean(), max(1, own["n"].iloc[0] - 1))] if "n" in own else []
    return parts + [(values.var(ddof=1) / len(values), len(values) - 1)] * (len(values) > 1)


def _mark(
    row: Row, columns: list[Column], cells: list[Cell],
    scores: dict[int, tuple[float, list[tuple[float, float]]]],
) -> str:  # fmt: skip
    """Mark the best of the generators with `scores`, distance from the target and `_parts` by place, or
    those that cannot be told apart; return a sentence on these."""
    if len(scores) < 2:  # better than none
        return ""
    first, *others = sorted(scores, key=lambda place: scores[place][0])

    def told_apart(place: int) -> bool:
        # Each of several rivals is tested at the same level: all must be worse, so nothing is corrected.
        if row.paired is not None:
            return row.paired(columns[first].name, columns[place].name) < _LEVEL
        (near, one), (far, other) = scores[first], scores[place]
        return welch(far - near, one + other)["p"] < _LEVEL

    rivals = [place for place in others if not told_apart(place)]
    if not rivals:
        cells[first].best = True
        return ""
    for place in (first, *rivals):
        cells[place].tied = True
    names = " and ".join(columns[place].title for place in rivals)
    return f"{', '.join(row.headings)}: {columns[first].title} is not told from {names}."


def table_of(
    caption: str, headings: list[str], columns: list[Column], rows: list[Row], digits: int, paper: bool
) -> Table:
    table = Table(caption, headings, columns)
    for row in rows:
        cells, sentence = _cells(row, columns, digits)
        table.rows.append((row.headings, cells))
        if sentence:
            table.notes.append(sentence)
        if paper and row.paper:
            printed = [row.paper.get(column.name) for column in columns]
            shown = [Cell("" if value is None else f"{value:.{digits}f}") for value in printed]
            table.rows.append(([PRINTED, *[""] * (len(headings) - 1)], shown))
    return table


def table1(
    long: pd.DataFrame, differences: pd.DataFrame, generators: dict[str, dict[str, Any]],
    classifiers: dict[str, str], paper: dict | None,
) -> Table:  # fmt: skip
    """Accuracy in percent; `long` is table1.long.tsv, `differences` table1.differences.tsv, `paper` the
    paper's values or None."""
    tests = differences.set_index(["classifier", "dataset", "against"])["p"].to_dict()
    long, batch = split_batch_row(long)
    rows = with_average(long, ["accuracy", "se", "n_test"])
    notes = [f"{n:,.0f} test individuals" for n in rows["n_test"]]
    rows = rows.assign(value=100 * rows["accuracy"], se=100 * rows["se"], note=notes)
    lines = [
        Row(
            [title], rows[rows["classifier"] == name], 100, (paper or {}).get(name, {}),
            # Each pair has one row.
            lambda one, other, name=name: tests.get((name, one, other), tests.get((name, other, one))),
        )
        for name, title in (classifiers | {AVERAGE: AVERAGE}).items()
    ]  # fmt: skip
    caption = "Table 1. Accuracy (%) on real test individuals of classifiers trained on each dataset."
    columns = columns_of(generators, REAL)
    digits = 2 if len(long["seed"].unique()) == 1 else 1
    table = table_of(caption, ["Classifier"], columns, lines, digits, paper is not None)
    if batch is not None:
        _add_batch_row(table, batch, digits)
    return table


def _add_batch_row(table: Table, batch: pd.Series, digits: int) -> None:
    note = f"{batch['n_test']:,.0f} test individuals, SE {100 * batch['se']:.{digits}f}"
    number = Cell(f"{100 * batch['accuracy']:.{digits}f}", note)
    table.rows.append(
        ([BATCH_TITLE], [number if column.name == REAL else Cell("") for column in table.columns])
    )
    table.remarks.append(
        f"{BATCH_TITLE}: prediction of the class from the batch of an individual, without genotypes, "
        "learned from the training individuals with equal weights of the classes; 95% interval "
        f"{100 * batch['wilson_low']:.1f} to {100 * batch['wilson_high']:.1f}."
    )


def batch_warning(long: pd.DataFrame, chance: float) -> str:
    """A warning where the batch alone predicts the class better than guessing (its 95% interval is
    above `chance`), empty elsewhere; `long` is table1.long.tsv."""
    batch = split_batch_row(long)[1]
    if batch is None or not batch["wilson_low"] > chance:
        return ""
    return (
        "Warning: the genotyping batch alone predicts the class of an individual with an accuracy of "
        f"{batch['accuracy']:.0%} (guessing: {chance:.0%}), so classifiers may have learned batches; "
        "split.balance_batches tests them on individuals whose batch gives no information."
    )


def _closeness(long: pd.DataFrame, measure: str, against: str) -> pd.DataFrame:
    rows = long[(long["measure"] == measure) & (long["against"] == against)].copy()
    rows["note"] = [
        f"{n:,.0f} individuals of each set, {r:.0f} {'draw' if r == 1 else 'draws'}"
        for n, r in zip(rows["n"], rows["repeats"], strict=True)
    ]
    return rows


def table2(
    long: pd.DataFrame, generators: dict[str, dict[str, Any]], paper: dict | None, nearest: int
) -> Table:
    """Nearest neighbour test; `long` is table2.long.tsv, `nearest` is k as configured."""
    # Few individuals have fewer neighbours (see evaluation.nn_adversarial).
    used = sorted({min(nearest, 2 * int(n) - 1) for n in long["n"]})
    rows = [
        Row([against], own, of_null(own), (paper or {}).get(against, {}))
        for against in ("train", "test")
        for own in [_closeness(long, "nn_share", against)]
    ]
    caption = (
        f"Table 2. Nearest neighbour test (k = {' or '.join(map(str, used))}): share of the k nearest "
        "neighbours of a real individual that are real. The ideal is 0.5."
    )
    columns = columns_of(generators, NULL)
    return table_of(caption, ["Against"], columns, rows, 3, paper is not None)


def gap_table(long: pd.DataFrame, generators: dict[str, dict[str, Any]]) -> Table:
    """Errors of networks on validation over those on training individuals; `long` is denoising.tsv,
    `generators` the entries by name. The null is the denoiser of single features."""
    # Those without a training have no seed, and names that generators may have too.
    names = long["denoiser"].mask(long["seed"].isna(), "without training: " + long["denoiser"])
    long = long.assign(dataset=names, seed=long["seed"].fillna(0))
    sets = {n: own.set_index(["dataset", "seed", "sigma"]) for n, own in long.groupby("set")}
    validation, training = sets["validation"], sets["training"]
    ratio = validation["error"] / training["error"]
    se = ratio * sum((own["se"] / own["error"]) ** 2 for own in sets.values()) ** 0.5
    ratios = pd.DataFrame({"value": ratio, "se": se, "n": validation["n"]}).reset_index()
    each = ratios.groupby(["dataset", "seed"])
    # All levels have the same individuals: the error of their mean is at most the mean error.
    mean, largest = each.mean().reset_index(), ratios.loc[each["value"].idxmax()]
    mean["note"] = [f"{n:,.0f} individuals of each set" for n in mean["n"]]
    largest = largest.assign(note=[f"noise of {s:g} standard deviations" for s in largest["sigma"]])
    rows = [
        Row(["mean of the noise levels"], mean, None, {}), Row(["largest"], largest, None, {}),
    ]  # fmt: skip
    caption = (
        "Memorisation by networks: error on validation individuals over that on training individuals, "
        "restored from the same noise by the same weights (unlike the losses of a training). Shaded: a "
        "denoiser that knows the means and variances of single features only and cannot memorise. A "
        "network above it restores the individuals that it was trained on better than others."
    )
    null = Column("without training: independent", "Single features", "null")
    networks = [(name, entry) for name, entry in generators.items() if name in set(names)]
    columns = [null, *(Column(name, entry["title"], "generator") for name, entry in networks)]
    return table_of(caption, ["Ratio of errors"], columns, rows, 3, paper=False)


_MEASURES = {"aa_truth": "AA_truth", "aa_syn": "AA_syn", "aa_ts": "AA_TS"}


def table3(long: pd.DataFrame, generators: dict[str, dict[str, Any]], paper: dict | None) -> Table:
    """Adversarial accuracies and privacy loss; `long` is table3.long.tsv."""
    rows = [
        Row(
            [title, against], own, of_null(own),
            (paper or {}).get(name, {}) if against == "test" else {},
        )
        for name, title in _MEASURES.items()
        for against in ("train", "test")
        for own in [_closeness(long, name, against)]
    ]  # fmt: skip
    same_size = _closeness(long, "aa_ts", "train_as_test")
    rows.append(Row(["AA_TS", "train, as many as test"], same_size, None, {}))
    loss = _closeness(long, "privacy_loss", "both")
    rows.append(Row(["privacy loss", "test less train, as many as test"], loss, None, {}))
    caption = (
        "Table 3. Nearest neighbour adversarial accuracy (ideal: 0.5) and privacy loss (ideal: 0; "
        "positive: nearer to the training individuals)."
    )
    columns = columns_of(generators, NULL)
    return table_of(caption, ["Measure", "Against"], columns, rows, 3, paper is not None)
