"""The page, from files to HTML, and in a browser."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from finished_run import ACCURACY, GENERATORS, difference_rows, privacy_rows
from jinja2 import UndefinedError

from genodiff.evaluation.attacks import ATTACKS
from genodiff.report.attacks import attack_table
from genodiff.report.content import content
from genodiff.report.report_job import render, report_job
from genodiff.report.run_facts import job_times, wall_time
from genodiff.tables.denoising import DENOISING_COLUMNS


@pytest.fixture
def page(finished):
    """The report of the finished run, and where it is."""

    def write(**changes):
        output = finished.folder / "report.html"
        sources = replace(finished.sources, **changes)
        report_job(
            sources, output=output, config=finished.config, classifiers=finished.classifiers,
            generators={"components": finished.generators}, commit="abc123",
        )  # fmt: skip
        return output

    return write


def test_report__numbers_of_the_run(page):
    text = page().read_text()
    # Of the variance, 90, 99.5 and 100% are kept: by two of three genes 99% or more.
    for number in ("abc123", "5 min 30 s", "12,345", "1 min 30 s", "source: vcf", "96.5%", "67%"):
        assert number in text, number


def test_report__memorisation_where_networks_were_trained(page, finished):
    assert "Memorisation by networks" not in page().read_text()
    path = finished.folder / "denoising.tsv"
    rows = [
        (name, seed, individuals, "1", error, "0.01", "40")
        for name, seed, errors in (("unet_mlp", "0", "23"), ("independent", "NA", "44"))
        for individuals, error in zip(("training", "validation"), errors, strict=True)
    ]
    lines = [DENOISING_COLUMNS, *rows]
    path.write_text("".join("\t".join(line) + "\n" for line in lines))
    text = page(denoising=str(path)).read_text()
    assert "Memorisation by networks" in text
    assert "1.500" in text


@pytest.mark.slow
def test_report__individuals_by_set_and_class(page):
    text = re.sub(r"\s+", "", page().read_text())
    assert '<thscope="row"class="text">train</th><td>30</td><td>70</td><td>0</td>' in text
    assert '<thscope="row"class="text">unlabelled</th><td>0</td><td>0</td><td>7</td>' in text


@pytest.fixture
def variables(finished):
    """Variables of the template."""
    return content(
        finished.sources, finished.config, {"components": finished.generators}, finished.classifiers, ""
    )


def test_summary__of_all_generators_but_references(variables):
    best, close, leaking, copying, private = variables["summary"]
    assert best.startswith("MLP ")
    # Of three generators; accuracies, and the share of what lies above chance.
    for number in (" 3 ", "83%", "75.0%", "80.0%", "50%"):
        assert number in best
    assert close.endswith(": CNN.")
    assert private.endswith(": CNN and <script>alert('x')</script>.")
    for part in (
        "no proof of privacy",
        "nor do these attacks find anything in Mosaic, which consists of copied",
    ):
        assert part in private
    # Generators that leak or copy are named, references too.
    assert leaking == "Privacy: Leaks: MLP."
    assert copying == "Privacy: Copies by construction: Mosaic."


def test_summary__has_the_words_of_the_cards(variables, finished):
    """Lead, cards and figure follow one rule."""
    lead = " ".join(variables["summary"]).lower()
    for verdict in variables["verdicts"]:
        assert f"{verdict.private.word}" in lead


def test_summary__warns_of_relatives_without_naming_them(finished, page):
    path = finished.folder / "relatives.json"
    found = json.loads(path.read_text()) | {"related": 1234, "listed": [["Anna", "Ben", 0.25]]}
    path.write_text(json.dumps(found))
    text = page().read_text()
    assert "Warning: 1,234 pairs" in text
    assert "cohort.family_column" in text
    assert "Anna" not in text


@pytest.mark.parametrize(("exact", "said"), [(0.94, True), (0.95, False)])
def test_summary__says_where_components_lose_genotypes(finished, page, exact, said):
    path = finished.folder / "decoding.tsv"
    lines = path.read_text().replace("0.96", str(exact))
    path.write_text(lines)
    summary = re.search(r'<p class="lead">(.*?)</p>', page().read_text(), re.S)[1]
    assert said == (f"{exact:.1%}" in summary and "features.components" in summary)


def test_report__has_the_round_trip_of_each_decoder(page):
    text = page().read_text()
    rows = re.findall(r"<tr([^>]*)><th[^>]*>(round|thresholds)</th>(.*?)</tr>", text)
    assert [(bool(shaded), name) for shaded, name, _ in rows] == [
        (False, "round"), (False, "round"), (True, "thresholds"), (True, "thresholds"),
    ]  # fmt: skip
    cells = re.findall(r"<td[^>]*>(.*?)</td>", rows[-1][2])
    assert cells == ["test", "40", "1,234", "96.0", "90.0", "0.0123", "0.987", "NA", "0.600", "0.700"]


@pytest.mark.parametrize(("kind", "added"), [("independent", 1), ("gaussian", 0)])
def test_summary__says_where_independent_features_teach_as_much(finished, kind, added):
    finished.generators["copies"] = {"title": "Floor", "kind": kind}
    own = content(
        finished.sources, finished.config, {"components": finished.generators}, finished.classifiers, ""
    )
    assert len(own["summary"]) == 5 - (kind == "gaussian") + added
    assert added == ("97%" in own["summary"][-1] and "Floor" in own["summary"][-1])


def test_content__rows_of_attacks_and_of_sizes(variables):
    table = variables["privacy"]
    assert [control for _, control in table["headings"]] == [True] * 4 + [False] * 4
    (name, best), *others = table["rows"]
    assert name == "Strongest attack"
    assert len(others) == len(ATTACKS)
    assert [cell["text"] for cell in best] == [
        "0.50", "0.55", "0.50", "0.50", "0.62", "0.51", "0.50", "0.50",
    ]  # fmt: skip
    # Of generators only the first; the control is found too.
    assert [cell["found"] for cell in best] == [False, True, False, False, True, False, False, False]
    assert best[4]["limits"] == "0.59 to 0.65"
    assert "1.0%" in best[4]["note"]
    assert table["sizes"][2] == ("individuals of the dataset", ["100", "110", *["100"] * 6])
    # All attacks but the first miss the copies.
    assert len(table["reasons"]) == len(ATTACKS) - 1
    sizes = variables["sizes"]
    assert sizes["multiples"] == ["1×", "2×"]
    assert sizes["rows"] == [("Real", ["80.0", ""]), ("MLP", ["", "70.0"])]


def test_attack_table__has_what_was_tried():
    privacy = privacy_rows()
    table = attack_table(privacy, GENERATORS)
    assert table["guesses"] == ""
    own = (privacy["attack"] == "attribute") & (privacy["dataset"] == "unet_mlp")
    privacy.loc[own, ["right_members", "right_others"]] = 0.9, 0.6
    privacy = privacy[(privacy["attack"] != "kinship") | ~privacy["dataset"].isin(GENERATORS)]
    table = attack_table(privacy, GENERATORS)
    assert table["guesses"] == "MLP 90% against 60% guessed right"
    kinship = dict(table["rows"])["Kinship"]
    assert [cell["text"] for cell in kinship] == ["0.50"] * 4 + ["\u2013"] * 4
    assert not any(cell["found"] for cell in kinship)
    without = attack_table(privacy[privacy["attack"] != "kinship"], GENERATORS)
    assert "Kinship" not in dict(without["rows"])
    assert len(without["reasons"]) == len(table["reasons"]) - 1


def test_report__paper_is_not_comparable_and_why(page, variables):
    assert "160 individuals instead of 10,405, 3 genes instead of 18,279" in variables["not_comparable"]
    text = page().read_text()
    assert variables["not_comparable"] in re.sub(r"\s+", " ", text)
    assert "84.71" not in text


def test_report__warns_where_the_batch_alone_predicts_the_class(page, finished):
    without = re.sub(r"\s+", " ", page().read_text())
    assert "Batch only" not in without
    with open(finished.sources.table1, "a") as file:
        file.write(
            "batch_baseline\tbatch_baseline\tNA\t100\t400\t0.84\t0.02\t0.8\t0.87\t0.84\t0.9\tNA\tNA\n"
        )
    text = re.sub(r"\s+", " ", page().read_text())
    assert "84%" not in without
    assert "84%" in text
    assert '<th scope="row" class="text">Batch only</th>' in text
    # Nothing else on the page has changed.
    verdicts = [
        part[part.index('id="verdicts"') : part.index('id="tables"')] for part in (without, text)
    ]
    assert verdicts[0] == verdicts[1]


def test_report__hostile_names_are_texts(page):
    text = page().read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in text


def test_report__fetches_nothing_and_names_no_individual(page):
    text = page().read_text()
    links = re.findall(r'(?:\s(?:src|href)=|url\()["\']?([^"\'\s>)]+)', text)
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    assert "SECRET" not in text
    assert str(page().parent) not in text


def test_report__parts_that_were_not_run_are_left_out(page):
    text = page().read_text()
    privacy = text[text.index('<section id="privacy">') :]
    assert 'id="size"' not in privacy[: privacy.index("</section>")]
    assert '<section id="size">' in privacy
    assert text.count("<section") == text.count("</section>")
    assert 'id="size"' not in page(sizes=None).read_text()


def test_report__the_first_page_answers_every_question_beside_its_null(page):
    text = page().read_text()
    table = text[text.index('<section id="glance">') : text.index('<section id="verdicts">')]
    own, references = table.split('<tbody class="null">')
    assert own.count("<td") == 3 * 5
    assert references.count("<td") == 5
    assert "not for release" in references
    # Seven individuals without a label trained generators too, and no attack was made on them.
    for part in ("100 training individuals and 7 without a label", "The 7 training individuals without"):
        assert part in re.sub(r"\s+", " ", table)
    assert own.count('<small class="soft">null: ') == 3 * 3
    for part in (
        "not as it is",
        "for the committee to decide",
        "AUC 0.62 (0.59 to 0.65)",
        "100 training",
    ):
        assert part in re.sub(r"\s+", " ", own)


def test_render__a_missing_variable_is_an_error(variables):
    variables.pop("wall")
    with pytest.raises(UndefinedError, match="wall"):
        render(variables)


def test_report__without_points_of_real_individuals(finished):
    figures = [path.replace("figure3", "figure5") for path in finished.sources.figures]
    for path, other in zip(finished.sources.figures, figures, strict=True):
        if path != other:
            Path(other).write_bytes(Path(path).read_bytes())
    arguments = (finished.config, {"components": finished.generators}, finished.classifiers, "")
    sources = replace(finished.sources, figures=figures)
    assert list(content(sources, *arguments)["figures"]) == ["privacy", "figure5"]
    assert content(sources, *arguments)["real_points"] == 1
    finished.config["report"]["real_individuals"] = False
    own = content(sources, *arguments)
    assert list(own["figures"]) == ["privacy"]
    assert own["real_points"] == 0


def test_report__warns_of_components_that_leak_where_their_genotypes_do_not(page, finished):
    assert "in the components of" not in page().read_text()
    # As genotypes every generator has the numbers of the CNN, in which nothing is found.
    sources = finished.sources
    for path in (sources.table1, sources.table2, sources.table3, sources.privacy):
        table = pd.read_csv(path, sep="\t", keep_default_na=False)
        clean = table[table["dataset"] == "unet_cnn"]
        decoded = [clean.assign(dataset=f"{name}.genotypes") for name in GENERATORS]
        pd.concat([table, *decoded]).to_csv(path, sep="\t", index=False)
    real = {"real": 0.8} | {f"{name}.genotypes": 0.51 for name in GENERATORS} | ACCURACY
    difference_rows(real).to_csv(sources.differences, sep="\t", index=False, na_rep="NA")
    forms = {
        "genotypes": {f"{name}.genotypes": entry for name, entry in finished.generators.items()},
        "components": finished.generators,
    }
    found = content(sources, finished.config, forms, finished.classifiers, "")["summary"]
    # The mosaic copies in both forms, and is not for release.
    assert [sentence for sentence in found if "in the components of MLP, before" in sentence]
    assert "Hand out no tensor file" in found[-1]


def test_report__offers_its_tables_as_files(page, finished):
    found = re.findall(
        r'<a download="([^"]+)" href="data:text/[^;]+;base64,([^"]+)"', page().read_text()
    )
    assert {name for name, _ in found} >= {"table1.long.tsv", "privacy.tsv", "decoding.tsv"}
    for name, content64 in found:
        assert b64decode(content64) == (finished.folder / name).read_bytes()


@pytest.mark.slow
def test_report__in_a_browser(page, browse, tmp_path):
    folder = tmp_path / "browser"
    folder.mkdir()
    found = browse(page(), folder)
    assert set(found) == {1280, 390}
    for look in found.values():
        assert look["content"] <= look["inner"]
        assert look["outside"] == 0
        assert len(look["images"]) == 2
        assert all(natural > 0 and shown > 0 for _, natural, shown in look["images"])


def test_wall_time__from_first_to_last_line_of_all_logs(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.log").write_text("2026-01-01 23:59:00,000 INFO a\nTraceback\n")
    (tmp_path / "y.log").write_text("2026-01-02 00:01:30,500 INFO b\n")
    assert wall_time(str(tmp_path)) == 150
    assert wall_time(str(tmp_path / "none")) is None


def test_job_times__sums_of_rules_longest_first(tmp_path):
    head = "s\th:m:s\tmax_rss\n"
    (tmp_path / "classify").mkdir()
    (tmp_path / "classify/a.tsv").write_text(head + "2.5\t0:00:02\t100.5\n")
    (tmp_path / "classify/b.tsv").write_text(head + "3\t0:00:03\t90\n")
    (tmp_path / "simulate.tsv").write_text(head + "0.1\t0:00:00\tNA\n")
    assert job_times(str(tmp_path)) == [
        {"rule": "classify", "jobs": 2, "seconds": 5.5, "memory": 100.5},
        {"rule": "simulate", "jobs": 1, "seconds": 0.1, "memory": 0.0},
    ]
