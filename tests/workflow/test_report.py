"""The report of the finished workflow, and Snakemake's own."""

import re

TINY = "--configfile=tests/workflow/tiny.yaml"


def test_the_report_can_be_read_in_a_browser_on_a_desk_and_on_a_telephone(finished, browse, tmp_path):
    found = browse(finished / "results/report.html", tmp_path)
    assert set(found) == {1280, 390}
    for look in found.values():
        # The page never scrolls sideways; wide tables do so in boxes of their own.
        assert look["content"] <= look["inner"]
        assert look["outside"] == 0
        assert look["smallest"] >= 14
        assert len(look["images"]) == 15  # augmentation and labels are on here
        assert all(natural > 0 and shown > 0 for _, natural, shown in look["images"])
        for number in (1, 2, 3):
            assert any(caption.startswith(f"Table {number}.") for caption in look["tables"])


def test_the_report_has_each_table_of_the_run(finished):
    text = (finished / "results/report.html").read_text()
    assert "Memorisation by networks" in text
    for name in ("table1.differences", "denoising", "fidelity.long", "size", "decoding"):
        assert f'download="{name}.tsv"' in text


def test_the_report_names_nobody(finished):
    text = (finished / "results/report.html").read_text()
    assert not re.search(r"\bP\d{6}\b", text)
    assert str(finished) not in text


def test_snakemakes_own_report_has_every_table_and_figure(finished, run_workflow):
    run_workflow(finished, TINY, "--report", "own.html")
    text = (finished / "own.html").read_text()
    for label in (
        "Table 1",
        "Table 2",
        "Table 3",
        "Membership attacks",
        "Training",
        "Error against noise",
        "Errors of denoisers",
        "UMAP",
    ):
        assert label in text
    assert "Nearest neighbour test (k = 10, or as many as there are)" in text
    assert "Accuracy (%) of classifiers on the same real test individuals" in text
