"""What jobs ask a cluster for: memory and time, from the sizes of stand-in files."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from documents import ROOT
from genodiff.workflow.job_time import LONGEST
from snakemake.utils import update_config

from genodiff.workflow.recipes import SAMPLING, resolve
from genodiff.workflow.settings import load

# Individuals of each set, padded genes, unmasked features of a gene: mine-like, and next to nothing.
PAPER = {"individuals": (8_429, 936, 1_040), "genes": 18_432, "live": 4}
TINY = {"individuals": (154, 38, 48), "genes": 16, "live": 4}


class Requests:
    """The functions of rules/resources.smk under a configuration and files of a cohort's size."""

    def __init__(self, folder: Path, size: dict, *files: str, device: str = "cpu"):
        config: dict = {"cohort": {"source": "simulate"}, "device": device}
        for name in ("config/config.yaml", *files):
            update_config(config, yaml.safe_load((ROOT / name).read_text()))
        config["device"] = device
        config = load(config)
        recipe = resolve(config["diffusion"])
        sampling = {key: recipe.pop(key) for key in SAMPLING}
        self.of = {
            "config": config, "RECIPE": recipe, "SAMPLING": sampling, "GPUS": int(device != "cpu"),
            "SIZES": config["size"]["multiples"], "os": os, "Path": Path,
            "cache": lambda function: function,
        }  # fmt: skip
        exec((ROOT / "rules/resources.smk").read_text(), self.of)  # noqa: S102
        self.input = SimpleNamespace(layout=folder / "layout.json", datasets=["x"] * 8)
        gene = {"mean": [0.0] * size["live"]}
        content = {"padded_genes": size["genes"], "components": 8, "genes": [gene] * size["genes"]}
        self.input.layout.write_text(json.dumps(content))
        for name, count in zip(("train", "validation", "test"), size["individuals"], strict=True):
            path = folder / f"{name}.parquet"
            pq.write_table(pa.table({"x": pa.nulls(count, pa.int8())}), path)
            setattr(self.input, name, str(path))
        self.input.labels = self.input.dataset = self.input.train

    def ask(self, function: str, *attempt: int, **wildcards: str) -> int:
        return self.of[function](SimpleNamespace(**wildcards), self.input, *attempt)


PAPERS = (PAPER, "config/paper.yaml")


def test_memory_of_individuals_is_that_of_arrays_and_not_of_files(tmp_path):
    requests = Requests(tmp_path, *PAPERS)
    gigabytes = 8_429 * 18_432 * 8 * 4 / 1e9
    others = (936 + 1_040) / 8_429
    individuals = 2000 + 1e3 * gigabytes * (1 + 2 * others)
    assert requests.ask("classifier_memory", 1, classifier="mlp") == pytest.approx(individuals, rel=0.05)
    asked = [requests.ask("classifier_memory", n, classifier="transformer") for n in (1, 2)]
    assert individuals + 6000 < asked[0] < individuals + 10_000
    assert asked[1] == 2 * asked[0]
    assert requests.ask("reference_memory", 1) == pytest.approx(2000 + 3e3 * gigabytes, rel=0.01)
    # UMAP takes a thousand individuals of each set, whatever there are.
    assert requests.ask("embedding_memory", 1) < 20_000
    requests.input.dataset = [requests.input.train] * 2  # a share and what was made of it
    assert requests.ask("classifier_memory", 1, classifier="mlp") > 20_000


def test_a_gpus_host_needs_less_for_training(tmp_path):
    cpu, gpu = (Requests(tmp_path, *PAPERS, device=device) for device in ("cpu", "cuda"))
    unsure = Requests(tmp_path, *PAPERS, device="auto")
    for backbone in ("mlp_cnn", "unet_cnn"):
        memory = cpu.ask("training_memory", 1, backbone=backbone)
        assert unsure.ask("training_memory", 1, backbone=backbone) == memory
        assert gpu.ask("training_memory", 1, backbone=backbone) < 16_000
        assert cpu.ask("training_memory", 1, backbone=backbone) > 30_000


def test_every_gpu_has_a_process(tmp_path):
    one, four = (Requests(tmp_path, *PAPERS, device="cuda") for _ in range(2))
    four.of["GPUS"] = 4
    once = one.ask("training_memory", 1, backbone="baseline")
    assert four.ask("training_memory", 1, backbone="baseline") == 4 * once


def test_what_is_no_tensor_file_is_the_jobs_to_say(tmp_path):
    requests = Requests(tmp_path, TINY, "tests/workflow/tiny.yaml")
    Path(requests.input.dataset).write_bytes(b"0" * 10_000_000)
    assert 2000 < requests.ask("classifier_memory", 1, classifier="mlp") < 3000
    Path(requests.input.dataset).unlink()
    with pytest.raises(FileNotFoundError):  # Snakemake asks again when it is there
        requests.ask("classifier_memory", 1, classifier="mlp")


def test_time_grows_with_work_to_a_partitions_longest_day(tmp_path):
    paper = Requests(tmp_path, *PAPERS)
    assert paper.ask("training_minutes") == paper.ask("sampling_minutes") == LONGEST
    # A classifier starts anew, so that it needs more the next time.
    assert [paper.ask("classifier_minutes", n) for n in (1, 2)] == [LONGEST, 2 * LONGEST]
    gpu = Requests(tmp_path, *PAPERS, device="cuda")
    # Estimated on a GPU: 33 minutes and, for the larger cohort of a thousand steps, hours.
    assert 120 < gpu.ask("training_minutes") < 12 * 60 < gpu.ask("sampling_minutes") <= LONGEST
    assert gpu.ask("classifier_minutes", 1) < gpu.ask("classifier_minutes", 3) < LONGEST
    tiny = Requests(tmp_path, TINY, "tests/workflow/tiny.yaml")
    for function, attempt in (
        ("training_minutes", ()),
        ("sampling_minutes", ()),
        ("classifier_minutes", (1,)),
    ):
        assert 60 <= tiny.ask(function, *attempt) <= 75


def test_samples_may_be_a_number_of_individuals(tmp_path):
    requests = Requests(tmp_path, TINY, "tests/workflow/tiny.yaml")
    few = requests.ask("sampling_minutes")
    requests.of["config"]["synthetic"]["individuals"] = 10_000_000
    assert requests.ask("sampling_minutes") > few
