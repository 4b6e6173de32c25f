"""Which files are fetched from where, and what a configuration may say of that."""

import pytest
import yaml
from snakemake.utils import update_config

from genodiff.downloads import onekg
from genodiff.downloads.checksums import read_checksums
from genodiff.runtime.errors import InputError
from genodiff.workflow.settings import load
from genodiff.workflow.settings.paths import chromosomes


def configured(**keys):
    """The complete configuration of this source with some keys."""
    return load({"cohort": {"source": "1kg", **keys}})


def problem(**keys):
    """What is wrong with such a configuration."""
    with pytest.raises(InputError) as error:
        configured(**keys)
    return str(error.value)


def test_configuration__needs_its_source_only():
    config = configured()
    assert config["cohort"]["build"] == "GRCh37"
    assert config["cohort"]["label_column"] == "population"
    assert chromosomes(config) == ([str(number) for number in range(1, 23)], [])


@pytest.mark.parametrize(
    ("given", "meant"),
    [("pop", "population"), ("super_pop", "superpopulation"), ("superpopulation", "superpopulation")],
)
def test_label__has_the_panels_name_or_ours(given, meant):
    config = configured(label_column=given)
    # Each job of Snakemake completes it again.
    for _ in range(2):
        onekg.complete(config["cohort"])
        assert config["cohort"]["label_column"] == meant


def test_configuration__stops_at_what_this_source_has_not(tmp_path, monkeypatch):
    assert "cohort.label_column: 'height' is not in the panel" in problem(label_column="height")
    assert "cohort.build: the 1000 Genomes release is of GRCh37" in problem(build="GRCh38")
    assert "cohort.vcf: not used when cohort.source is 1kg" in problem(vcf="a.vcf.gz")
    assert "cohort.mirror: 'ftp://a.org/b' is neither" in problem(mirror="ftp://a.org/b")
    assert f"cohort.mirror: no folder '{tmp_path}/x'" in problem(mirror=f"{tmp_path}/x")
    assert f"cohort.checksums: no file '{tmp_path}/x'" in problem(checksums=f"{tmp_path}/x")
    (tmp_path / "results/cohort").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert "cohort.mirror: './results/cohort/' is the folder for files of this run" in problem(
        mirror="./results/cohort/"
    )
    assert "cohort.mirror: not used when cohort.source is vcf" in problem(
        source="vcf", vcf="a", phenotypes="b", genes="c", mirror="https://a.org"
    )


@pytest.mark.parametrize("key", ["mirror", "annotation_mirror", "checksums"])
@pytest.mark.parametrize(
    "url",
    [
        "http://user:hush@host.org/x",
        "https://hush@host.org/x",
        "ftp://user:hush@host.org/x",
        "HTTPS://user:hush@host.org/x",
        "http://user:hush/hush@host.org/x",
        "http://user:hush#hush@host.org/x",
        "http://[hush/x",
    ],
)
def test_configuration__holds_no_password(key, url):
    message = problem(**{key: url})
    assert f"cohort.{key}: " in message
    assert "hush" not in message
    if ":hush@" in url:
        assert "~/.netrc" in message


def test_configuration__stops_at_urls_behind_which_no_file_is(tmp_path):
    for url in (
        "http://a.org",
        "https://a.org/",
        "http://a.org/b/",
        "http://a.org/b/..",
        "http://a.org/?MD5",
    ):
        assert "cohort.checksums: the URL of a folder; append the list's name" in problem(checksums=url)
    assert "cohort.mirror: contains ? or #" in problem(mirror="http://a.org/b?token=hush")
    assert "cohort.mirror: 'http:///b' is neither" in problem(mirror="http:///b")
    assert f"cohort.checksums: no file '{tmp_path}'" in problem(checksums=str(tmp_path))
    (tmp_path / "file").touch()
    assert f"cohort.mirror: no folder '{tmp_path}/file'" in problem(mirror=f"{tmp_path}/file")
    assert configured(mirror="http://127.0.0.1:1/@b/", checksums="https://a.org/list?download=1")


@pytest.mark.parametrize(("wanted", "word"), [([23], "'23'"), (["X"], "'X'"), ([1, "chr1"], "twice")])
def test_chromosomes__are_autosomes_once(wanted, word):
    with pytest.raises(InputError, match=rf"cohort\.chromosomes: .*{word}"):
        chromosomes(configured(chromosomes=wanted))
    assert chromosomes(configured(chromosomes=[22, "chr3"])) == (["22", "3"], [])


class TestPlaces:
    def test_without_a_mirror_are_the_publishers_by_https(self):
        cohort = configured()["cohort"]
        places, lists = onekg.origins(cohort), onekg.checksum_lists(cohort)
        assert len(places) == 2 * 22 + 2
        assert all(place.startswith("https://") for place in [*places.values(), *lists])
        assert places[onekg.GENES_FILE] == onekg.GENES
        assert lists == [onekg.RELEASE_CHECKSUMS, f"{onekg.GENES}/MD5SUMS"]

    def test_of_a_mirror_are_all_there_with_their_list(self, tmp_path):
        for mirror in (str(tmp_path), "http://127.0.0.1:1/x/"):
            cohort = configured(mirror=mirror)["cohort"]
            assert set(onekg.origins(cohort).values()) == {mirror}
            assert onekg.checksum_lists(cohort) == [f"{mirror.rstrip('/')}/MD5SUMS"]

    def test_of_genes_may_be_elsewhere(self, tmp_path):
        cohort = configured(mirror=str(tmp_path), annotation_mirror="https://a.org/b")["cohort"]
        assert onekg.origins(cohort)[onekg.GENES_FILE] == "https://a.org/b"
        assert onekg.checksum_lists(cohort) == [f"{tmp_path}/MD5SUMS", "https://a.org/b/MD5SUMS"]

    def test_of_a_users_own_tables_are_none(self, tmp_path):
        cohort = configured(genes="g.bed", phenotypes="p.tsv", checksums="README.md")["cohort"]
        assert len(onekg.origins(cohort)) == 2 * 22
        assert onekg.checksum_lists(cohort) == ["README.md"]


def test_known_checksums__are_of_files_that_are_fetched(root):
    known = read_checksums(root / "resources/1kg.md5")
    assert (
        {onekg.PANEL_FILE, onekg.GENES_FILE}
        <= known.keys()
        <= onekg.origins(configured()["cohort"]).keys()
    )


def test_named_configuration__is_complete(root):
    """config/1kg.yaml, on top of the built-in one and with the paper's networks below it."""
    for below in ([], ["paper.yaml"]):
        config = {}
        for name in ["config.yaml", *below, "1kg.yaml"]:
            update_config(config, yaml.safe_load((root / "config" / name).read_text()))
        config = load(config)
        assert len(chromosomes(config)[0]) == 22
        assert config["features"]["pad_genes_to"] == 2048
        assert config["generators"]["baseline"]["settings"]["width"] == (1024 if below else 256)
