"""Tables of the report: what is bold, what is marked, what stands beside the paper's values."""

import pandas as pd
import pytest
from finished_run import difference_rows

from genodiff.report import paper
from genodiff.report.tables import batch_warning, columns_of, gap_table, table1, table2, table3
from genodiff.tables.denoising import DENOISING_COLUMNS
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.read import read_long
from genodiff.tables.table1 import LONG_COLUMNS as TABLE1_COLUMNS

GENERATORS = {
    "gaussian": {"title": "Gaussian", "kind": "gaussian"},
    "unet_cnn": {"title": "CNN", "kind": "diffusion"},
    "unet_mlp": {"title": "MLP", "kind": "diffusion"},
    "theirs": {"title": "theirs", "kind": "external"},
}
CLASSIFIERS = {"mlp": "MLP", "cnn": "Convolutions"}


def long1(values, seeds=(0,)):
    """Rows of table1.long.tsv from accuracies by dataset; a seed adds a hundredth."""
    return pd.DataFrame(
        [
            [name, c, s, 100, 400, value + s / 100, 0.02, 0, 1, value, value, 1, 1]
            for name, value in values.items()
            for c in CLASSIFIERS
            for s in seeds
        ],
        columns=TABLE1_COLUMNS,
    )


def of_table1(values, seeds=(0,), classifiers=CLASSIFIERS, printed=None, long=None):
    """Table 1 of these accuracies; differences above two standard errors of .02 are told."""
    long = long1(values, seeds) if long is None else long
    return table1(long, difference_rows(values, classifiers), GENERATORS, classifiers, printed)


def long2(values):
    draws = {"train": 1, "test": 10}
    rows = [[n, a, "nn_share", 0, 50, r, v, 0.02] for n, v in values.items() for a, r in draws.items()]
    return pd.DataFrame(
        rows, columns=["dataset", "against", "measure", "seed", "n", "repeats", "value", "se"]
    )


def by_title(table, row=0):
    return {column.title: cell for column, cell in zip(table.columns, table.rows[row][1], strict=True)}


ALL = {"real": 0.8, "unet_cnn": 0.6, "unet_mlp": 0.7, "gaussian": 0.79, "theirs": 0.3}


def test_columns__null_then_generators_then_references():
    columns = columns_of(GENERATORS, "null")
    assert [(c.name, c.title, c.kind) for c in columns] == [
        ("null", "Real (null)", "null"), ("unet_cnn", "CNN", "generator"),
        ("unet_mlp", "MLP", "generator"), ("theirs", "theirs", "generator"),
        ("gaussian", "Gaussian", "reference"),
    ]  # fmt: skip


def test_table1__best_is_a_generator_that_is_told_from_all_others_not_real_nor_a_reference():
    table = of_table1(ALL)
    assert [headings for headings, _ in table.rows] == [["MLP"], ["Convolutions"], ["average"]]
    cells = by_title(table)
    assert [title for title, cell in cells.items() if cell.best] == ["MLP"]
    assert not any(cell.tied for cell in cells.values())
    assert cells["MLP"].text == "70.00"
    assert cells["MLP"].note == "400 test individuals, SE 2.00"
    assert table.notes == []
    # External individuals are ranked as well.
    cells = by_title(of_table1(ALL | {"theirs": 0.75}))
    assert [title for title, cell in cells.items() if cell.best] == ["theirs"]


def test_table1__none_is_best_where_the_paired_test_does_not_tell_the_first_from_another():
    table = of_table1(ALL | {"unet_cnn": 0.67})
    cells = by_title(table)
    assert not any(cell.best for cell in cells.values())
    assert [title for title, cell in cells.items() if cell.tied] == ["CNN", "MLP"]
    assert table.notes[0] == "MLP: MLP is not told from CNN."
    assert len(table.notes) == 3
    # The order of a pair in the file does not matter.
    turned = dict(reversed(list((ALL | {"unet_cnn": 0.67}).items())))
    assert of_table1(turned).rows[0][1] == table.rows[0][1]


def test_table1__the_paired_test_decides_not_the_standard_errors_of_the_numbers():
    """The same numbers, told apart or not by the individuals that they share."""
    values = ALL | {"unet_cnn": 0.69}
    rows = difference_rows(values, CLASSIFIERS)
    found = table1(long1(values), rows.assign(p=0.001), GENERATORS, CLASSIFIERS, None)
    assert by_title(found)["MLP"].best
    found = table1(long1(values), rows.assign(p=0.051), GENERATORS, CLASSIFIERS, None)
    assert [title for title, cell in by_title(found).items() if cell.tied] == ["CNN", "MLP", "theirs"]


def test_table1__several_seeds_show_their_deviation_and_its_error():
    table = of_table1(ALL, (0, 1, 2, 3))
    cell = by_title(table)["MLP"]
    assert cell.text == "71.5 ± 1.3"
    assert cell.note == "400 test individuals, SE 0.6 (4 seeds)"


def test_table2__best_is_nearest_to_one_half_from_either_side():
    values = {"null": 0.5, "unet_cnn": 0.42, "unet_mlp": 0.65, "gaussian": 0.5, "theirs": 0.9}
    table = table2(long2(values), GENERATORS, None, 7)
    cells = by_title(table)
    assert [title for title, cell in cells.items() if cell.best] == ["CNN"]
    assert not cells["CNN"].tied
    assert cells["CNN"].note == "50 individuals of each set, 1 draw, SE 0.020"
    assert by_title(table, 1)["CNN"].note == "50 individuals of each set, 10 draws, SE 0.020"


@pytest.mark.parametrize(("other", "best"), [(0.443, True), (0.445, False)])
def test_table2__numbers_are_told_apart_as_independent_ones(other, best):
    """Both have a standard error of .02, so a difference of .0561 has p = .05."""
    cells = by_title(
        table2(long2({"null": 0.5, "unet_cnn": 0.5, "unet_mlp": other}), GENERATORS, None, 7)
    )
    assert cells["CNN"].best == best
    assert cells["CNN"].tied == cells["MLP"].tied == (not best)


def test_table2__the_best_is_nearest_to_the_null_and_not_to_one_half():
    cells = by_title(
        table2(long2({"null": 0.42, "unet_cnn": 0.42, "unet_mlp": 0.5}), GENERATORS, None, 7)
    )
    assert cells["CNN"].best


def test_table2__one_generator_is_not_better_than_none():
    one = {name: entry for name, entry in GENERATORS.items() if name == "unet_cnn"}
    cells = by_title(table2(long2({"null": 0.5, "unet_cnn": 0.5}), one, None, 7))
    assert not cells["CNN"].best
    assert not cells["CNN"].tied


@pytest.mark.parametrize("shift", [0.05, 0.2])
def test_table2__several_seeds_have_the_same_individuals_whose_error_stays(shift):
    """Three seeds that agree: the standard error of .02 does not become smaller, and there is none of
    the seeds."""
    rows = pd.concat(
        long2({"null": 0.5, "unet_cnn": 0.5, "unet_mlp": 0.5 - shift}).assign(seed=seed)
        for seed in range(3)
    )
    cells = by_title(table2(rows, GENERATORS, None, 7))
    assert cells["CNN"].best == (shift > 0.1)
    assert cells["CNN"].tied == (shift < 0.1)


@pytest.mark.parametrize(("nearest", "used"), [(7, "7"), (99, "99"), (150, "99")])
def test_table2__its_caption_says_the_neighbours_that_were_used(nearest, used):
    """50 individuals of each set have 99 others."""
    table = table2(long2({"null": 0.5}), GENERATORS, None, nearest)
    assert f"(k = {used})" in table.caption


def test_table3__privacy_loss_is_not_a_contest(finished):
    table = table3(read_long(finished.sources.table3, LONG_COLUMNS), finished.generators, None)
    assert [headings[0] for headings, _ in table.rows] == [
        "AA_truth", "AA_truth", "AA_syn", "AA_syn", "AA_TS", "AA_TS", "AA_TS", "privacy loss",
    ]  # fmt: skip
    assert not any(cell.best for _, cells in table.rows[-2:] for cell in cells)
    assert by_title(table)["CNN"].best


def test_tables__the_papers_values_stand_under_ours_when_asked_for():
    table = of_table1(ALL, classifiers={"mlp": "MLP"}, printed=paper.TABLE1)
    assert [headings for headings, _ in table.rows] == [["MLP"], ["paper"], ["average"], ["paper"]]
    cells = by_title(table, 1)
    assert (cells["Real (null)"].text, cells["MLP"].text, cells["Gaussian"].text) == (
        "87.60",
        "84.71",
        "",
    )


def test_paper__averages_are_those_of_its_rows():
    # But for the rounding of the printed ones (55.10 for 55.0967), as they stand in the paper.
    for name, average in paper.TABLE1["average"].items():
        mean = sum(paper.TABLE1[c][name] for c in ("mlp", "transformer", "cnn")) / 3
        assert average == pytest.approx(mean, abs=0.006)


@pytest.mark.parametrize(
    ("individuals", "genes", "classes", "words"),
    [
        (10_405, 18_279, 2, []),
        (10_000, 18_000, 2, []),
        (9_999, 18_279, 2, ["9,999 individuals instead of 10,405"]),
        (1_092, 599, 4, ["4 classes", "1,092 individuals", "599 genes"]),
        (2_504, 599, 26, ["599 genes"]),
        (2_000, 20_000, 26, ["2,000 individuals instead of 2,504"]),
        (2_504, 20_000, 5, ["5 classes"]),
    ],
)
def test_paper__comparable_only_with_a_cohort_of_its_kind(individuals, genes, classes, words):
    found, reason = paper.printed(individuals, genes, classes)
    assert all(word in reason for word in words)
    assert bool(reason) == bool(words)
    assert found is (None if words else paper.PAPER)


def test_paper__its_follow_up_is_comparable_with_the_populations_of_1000_genomes():
    found, reason = paper.printed(2_504, 20_000, 26)
    assert reason == ""
    table = of_table1(ALL, classifiers={"mlp": "MLP", "cnn": "CNN"}, printed=found.table1)
    assert [headings for headings, _ in table.rows] == [
        ["MLP"], ["paper"], ["CNN"], ["paper"], ["average"],
    ]  # fmt: skip
    assert by_title(table, 1)["MLP"].text == "59.38"
    assert by_title(table, 3)["Real (null)"].text == "77.34"


def with_batch(long, accuracy=0.84, low=0.81):
    row = ["batch_baseline", "batch_baseline", None, 90, 400, accuracy, 0.02, low, 0.88, accuracy, 0.9]
    row += [None, None]
    return pd.concat([long, pd.DataFrame([row], columns=TABLE1_COLUMNS)], ignore_index=True)


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_table1__batch_only_is_a_last_row_that_changes_no_other(seeds):
    without = of_table1(ALL, seeds)
    table = of_table1(ALL, long=with_batch(long1(ALL, seeds)))
    assert table.rows[:-1] == without.rows
    assert table.notes == without.notes
    headings, cells = table.rows[-1]
    assert headings == ["Batch only"]
    expected = "84.00" if len(seeds) == 1 else "84.0"
    assert [cell.text for cell in cells] == [expected, "", "", "", ""]
    assert cells[0].note.startswith("400 test individuals, SE 2.0")
    assert "95% interval 81.0 to 88.0" in table.remarks[0]
    assert without.remarks == []


def test_batch_warning__only_where_the_interval_is_above_chance():
    long = long1(ALL)
    said = batch_warning(with_batch(long), 0.5)
    assert "84%" in said
    assert "50%" in said
    assert batch_warning(with_batch(long, 0.54, 0.499), 0.5) == ""
    assert batch_warning(long, 0.5) == ""


WITHOUT = ("independent", "gaussian")


def denoising(ratios, seeds=(0.0,)):
    """Rows of denoising.tsv: errors on training individuals are sigma, and those on validation
    individuals the given multiples; a seed adds a tenth. Denoisers without a training have no seed, and
    names of generators."""
    rows = []
    for name, own in ratios.items():
        for seed in [float("nan")] if name in WITHOUT else seeds:
            for sigma, ratio in zip((0.1, 1.0, 10.0), own, strict=True):
                more = 0 if name in WITHOUT else seed / 10
                rows += [
                    [name, seed, "training", sigma, sigma, 0.03 * sigma, 50],
                    [name, seed, "validation", sigma, (ratio + more) * sigma, 0.04 * sigma, 50],
                ]
    return pd.DataFrame(rows, columns=DENOISING_COLUMNS)


RATIOS = {
    "unet_mlp": (1, 1.5, 1.1),
    "unet_cnn": (1, 1, 1),
    "independent": (0.9, 1, 1.1),
    "gaussian": (9, 9, 9),
}


def test_gap_table__ratio_of_validation_to_training_errors():
    generators = GENERATORS | {"independent": {"title": "Independent", "kind": "independent"}}
    table = gap_table(denoising(RATIOS), {n: generators[n] for n in ("unet_mlp", *WITHOUT, "unet_cnn")})
    assert [(c.title, c.kind) for c in table.columns] == [
        ("Single features", "null"), ("MLP", "generator"), ("CNN", "generator"),
    ]  # fmt: skip
    assert [cell.text for cell in table.rows[0][1]] == ["1.000", "1.200", "1.000"]
    assert [cell.text for cell in table.rows[1][1]] == ["1.100", "1.500", "1.000"]
    # Of a ratio of one, with relative errors of 3% and 4%.
    assert by_title(table)["CNN"].note == "50 individuals of each set, SE 0.050"
    assert by_title(table, 1)["MLP"].note.startswith("noise of 1 standard deviations, SE ")
    assert not any(cell.best for _, cells in table.rows for cell in cells)


def test_gap_table__several_seeds_have_their_mean_and_deviation():
    table = gap_table(denoising(RATIOS, (0.0, 2.0)), {"unet_mlp": GENERATORS["unet_mlp"]})
    assert by_title(table)["MLP"].text == "1.300 ± 0.141"
    assert by_title(table, 1)["MLP"].text == "1.600 ± 0.141"
    assert by_title(table)["Single features"].text == "1.000"
