"""One run for two seeds, through every table, figure and the report: a network under two recipes, in two
widths, code outside the project, external individuals, and a reference."""

import json
import re
import shutil
import subprocess
import sys

import documents
import pyarrow.parquet as pq
import pytest
from documents import PAGES
from tables import rows

PAGE = "docs/extending.md"
MLP = {"kind": "diffusion", "backbone": "unet_mlp", "settings": {"widths": [32, 16]}}
GENERATORS = {
    "mlp_paper": MLP | {"title": "MLP (paper)", "recipe": "paper", "settings": {"widths": [64, 32]}},
    "one_layer": {
        "kind": "diffusion", "title": "One layer", "backbone": "my_networks:OneLayer",
        "settings": {"width": 32},
    },
    "gene_mixer": {
        "title": "Gene mixer", "settings": {"width": 16, "bottleneck": 4}, "sampler_steps": 5,
    },
    "normal": {"kind": "my_generators:Normal", "title": "Normal", "scale": 1.0},
    "theirs": {
        "kind": "external", "title": "Theirs", "path": "theirs.seed{seed}.parquet",
        "style": {"color": "#123456"},
    },
}  # fmt: skip
TITLES = ["MLP", *(entry["title"] for entry in GENERATORS.values()), "Independent"]
NAMES = ["unet_mlp", *GENERATORS, "independent"]
# Evaluated as genotypes.
# Diffusion models among them.
DIFFUSION = [f"{name}.genotypes" for name in ("unet_mlp", "mlp_paper", "one_layer", "gene_mixer")]
DATASETS = [f"{name}.genotypes" for name in NAMES]
SETTINGS = {
    "seeds": [0, 1], "plugins": ["my_models"], "generators": GENERATORS, "run_generators": NAMES,
    "classifiers": ["mlp"], "size": {"multiples": []}, "augmentation": {"enabled": False},
    "labels": {"enabled": False}, "release": ["theirs", "normal"],
}  # fmt: skip
FILES = ["--configfile", "tests/workflow/tiny.yaml", "generators.json"]


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory, run_workflow):
    """A copy of the finished run after a run of these generators; their code is that of the page."""
    folder = tmp_path_factory.mktemp("generators") / "genodiff"
    shutil.copytree(finished, folder)
    code = {block.name: block for block in documents.blocks(PAGES[PAGE], PAGE)}
    documents.apply(code["my_models/my_networks.py"], folder)
    normal = code["workflow/scripts/genodiff/generators/normal.py"].text
    (folder / "my_models/my_generators.py").write_text(normal)
    for seed in (0, 1):
        program = code["theirs.py"].text.replace("seed = 0", f"seed = {seed}")
        environment = {"PYTHONPATH": "workflow/scripts"}
        subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, check=True)
    (folder / "generators.json").write_text(json.dumps(SETTINGS))
    run_workflow(folder, *FILES)
    return folder


def test_each_model_has_its_recipe_and_its_widths(project):
    found = {}
    for name in ("unet_mlp", "mlp_paper"):
        config = json.loads((project / f"results/models/{name}/seed1/config.json").read_text())
        own = config["settings"]
        found[name] = own["settings"]["widths"], own["diffusion"]["prediction"]
    assert found == {"unet_mlp": ([32, 16], "v"), "mlp_paper": ([64, 32], "noise")}


def test_tables_have_every_generator_and_both_seeds(project):
    for number, first in ((1, "Real"), (2, "Real (null)"), (3, "Real (null)")):
        header = list(rows(project / f"results/table{number}.tsv")[0])
        assert header[-len(TITLES) - 1 :] == [first, *(f"{title}, genotypes" for title in TITLES)]
        long = rows(project / f"results/table{number}.long.tsv")
        for name in DATASETS:
            assert {row["seed"] for row in long if row["dataset"] == name} == {"0", "1"}, name
    # The individuals of each seed are in a file of their own.
    theirs = [
        row for row in long if (row["dataset"], row["measure"]) == ("theirs.genotypes", "aa_truth")
    ]
    assert len({row["value"] for row in theirs}) > len(theirs) / 2


def test_the_attack_the_figures_and_the_report_have_them(project):
    attacked = {(row["dataset"], row["seed"]) for row in rows(project / "results/privacy.tsv")}
    controls = ("null", "planted", "planted_few", "noised")
    assert attacked == {(name, seed) for name in (*controls, *DATASETS) for seed in "01"}
    drawn = pq.read_table(project / "results/figures/umap.parquet")["source"].unique().to_pylist()
    assert set(drawn) == {"real train", "real test", *DIFFUSION}
    assert "#123456" in (project / "results/figures/privacy.svg").read_text()
    report = (project / "results/report.html").read_text()
    columns = re.findall(r'<th scope="col" class="(\w+)[^"]*">([^<]+)</th>', report)
    for title in TITLES:
        kind = "reference" if title == "Independent" else "generator"  # which are ranked
        assert columns.count((kind, title)) >= 3, title


def test_individuals_from_elsewhere_are_released_under_ids_of_their_own(project):
    given = set(pq.read_table(project / "theirs.seed1.parquet")["sample"].to_pylist())
    folder = project / "results/release/theirs/seed1"
    released = [row["sample"] for row in rows(folder / "phenotypes.tsv")]
    assert len(released) == len(given)
    assert not set(released) & given
    sheet = json.loads((folder / "datasheet.json").read_text())
    assert sheet["method"]["settings"] == {}
    assert "theirs.seed" not in (folder / "datasheet.html").read_text()


def test_a_second_run_does_nothing_and_an_edited_plugin_reruns_its_users_only(project, planned):
    assert planned(project, *FILES) == {}
    networks, generators = (project / f"my_models/my_{kind}.py" for kind in ("networks", "generators"))
    table = ["results/table1.tsv", *FILES]
    networks.write_text(networks.read_text() + "# A comment.\n")
    assert planned(project, *table) == {}
    networks.write_text(networks.read_text() + "EDITED = 1\n")
    both = {"draw": 2, "decode_individuals": 2, "classify": 2, "table1": 1}
    assert planned(project, *table) == both | {"train_diffusion": 2, "total": 9}
    networks.write_text(networks.read_text().replace("EDITED = 1\n", ""))
    generators.write_text(generators.read_text() + "EDITED = 1\n")
    assert planned(project, *table) == both | {"fit_generator": 2, "total": 9}
