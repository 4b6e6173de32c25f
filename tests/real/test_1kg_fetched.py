"""`source: 1kg` from a server on loopback that drops every file half-way, as far as the tensors.

The server has real genotypes of other individuals than the release (phase 1, 1,092 individuals, few
SNPs) under the release's names, so it needs a list of checksums of its own.
"""

import csv
import gzip
import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hostile_server import Site, serve

from genodiff.downloads.checksums import LIST_NAME
from genodiff.downloads.onekg import GENES_FILE, PANEL_FILE, vcf_file
from genodiff.formats.tensors import Layout
from genodiff.qc.counts import read_counts

CHROMOSOMES = ("20", "21", "22")
SETTINGS = {
    "cohort": {"label_column": "super_pop", "gene_attributes": {"gene_type": ["protein_coding"]}},
    "quality": {"min_hwe_p": None},
    "features": {"pad_genes_to": 32},
    "run_generators": ["baseline"],
    "classifiers": ["mlp"],
}


def panel(samples: Path) -> str:
    """The individuals as the release lists them, its header's two empty columns included."""
    with open(samples, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    lines = [[r["sample"], r["population"], r["superpopulation"], r["sex"]] for r in rows]
    return "sample\tpop\tsuper_pop\tgender\t\t\n" + "".join("\t".join(line) + "\n" for line in lines)


def gtf(bed: Path) -> str:
    """Loci of some chromosomes as GENCODE writes genes; the first one is no gene of a protein."""
    rows = [line.split("\t") for line in bed.read_text().splitlines()]
    rows = [row for row in rows if row[0] in CHROMOSOMES]
    return "##provider: GENCODE\n" + "".join(
        f"chr{chrom}\tHAVANA\tgene\t{int(start) + 1}\t{end}\t.\t+\t.\t"
        f'gene_id "ENSG{number}"; gene_type "{"protein_coding" if number else "pseudogene"}"; '
        f'gene_name "{name}";\n'
        for number, (chrom, start, end, name) in enumerate(rows)
    )


@pytest.fixture(scope="module")
def files(shared) -> dict[str, bytes]:
    """The release's names, and what the server has under them."""
    folder = shared / "1kg-hm3"
    if not folder.is_dir():
        pytest.skip("no shared/data/1kg-hm3 beside the project")
    found = {
        vcf_file(chromosome) + suffix: (folder / f"1kg.chr{chromosome}.vcf.gz{suffix}").read_bytes()
        for chromosome in CHROMOSOMES
        for suffix in ("", ".tbi")
    }
    found[PANEL_FILE] = panel(folder / "samples.tsv").encode()
    found[GENES_FILE] = gzip.compress(gtf(folder / "genes.bed").encode())
    return found


def listed(files: dict[str, bytes], folder: Path) -> bytes:
    """What `md5sum *` prints of the files."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    done = subprocess.run(["md5sum", *files], cwd=folder, capture_output=True, check=True)
    return done.stdout


@pytest.fixture
def site(files, tmp_path, monkeypatch):
    """A server of these files that ends every first answer in the middle."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    everything = files | {LIST_NAME: listed(files, tmp_path / "original")}
    answers = {name: [("drop", len(content) // 2)] for name, content in everything.items()}
    with serve(Site(everything, answers=answers)) as site:
        yield site


@pytest.fixture
def command(repository, tmp_path):
    """Function: Snakemake's arguments for a mirror and a target, in a folder of one's own."""

    def arguments(mirror, target, results="results", **more):
        cohort = SETTINGS["cohort"] | {
            "source": "1kg",
            "chromosomes": list(CHROMOSOMES),
            "mirror": mirror,
        }
        settings = SETTINGS | {"cohort": cohort | more, "results": results}
        (tmp_path / f"{results}.json").write_text(json.dumps(settings))
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config/config.yaml").write_text("{}")
        snakefile = ["--snakefile", str(repository / "Snakefile")]
        return [*snakefile, "--configfile", f"{results}.json", "--", target]

    return arguments


def test_fetched_cohort__becomes_tensors_from_a_server_that_drops_everything(
    site, files, command, run_workflow, tmp_path
):
    target = "results/tensors/layout.json"
    run_workflow(tmp_path, *command(site.url, target))
    # Each file in two parts, and no byte of it twice.
    assert site.served == {name: len(content) for name, content in site.files.items()}
    statuses = {}
    for name, status, _ in site.asked:
        statuses.setdefault(name, []).append(status)
    assert statuses == {name: [200, 206] for name in site.files}

    cohort = tmp_path / "results/cohort"
    assert sorted(path.name for path in (cohort / "downloads").iterdir()) == sorted(files)
    for name in files:
        assert (cohort / name).read_bytes() == files[name]
    individuals = [
        line.split("\t") for line in (tmp_path / "results/split.tsv").read_text().splitlines()
    ]
    assert len(individuals) == 1 + 1092
    tests = Counter(label for _, label, name in individuals if name == "test")
    assert tests == dict.fromkeys(("AFR", "AMR", "EAS", "EUR"), 27)
    facts = json.loads((tmp_path / "results/genotypes/inputs.json").read_text())
    assert (facts["build"], facts["build_confirmed"]) == ("GRCh37", True)
    assert (
        read_counts(tmp_path / "results/genotypes/individuals.counts.tsv")["gene", "other_attributes"]
        == 1
    )
    genes = re.findall(r'gene_name "(.*?)"', gzip.decompress(files[GENES_FILE]).decode())
    assert [gene.gene for gene in Layout.read(tmp_path / target).genes] == genes[1:]

    # Nothing is out of date, and what is made anew is not fetched anew.
    asked = len(site.asked)
    assert "Nothing to be done" in run_workflow(tmp_path, *command(site.url, target))
    again = command(site.url, f"results/cohort/{vcf_file('22')}")
    run_workflow(tmp_path, "--force", *again)
    assert len(site.asked) == asked

    # The run is a mirror for a second one, whose links are newer than the files.
    mirrored = command("results/cohort", "check", results="second")
    output = run_workflow(tmp_path, *mirrored)
    assert "Individuals  1,092: AFR 246, AMR 181, EAS 286, EUR 379" in output
    link = tmp_path / "second/cohort" / vcf_file("20")
    assert link.readlink() == cohort / vcf_file("20")
    assert not (tmp_path / "second/cohort/downloads").exists()
    assert "Fetching" not in run_workflow(tmp_path, *mirrored)
    assert len(site.asked) == asked
