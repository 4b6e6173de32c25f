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
from snakemake.utils import update_config

from genodiff.generators import dataset as keys
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.workflow.plan import Plan
from genodiff.workflow.requests import LONGEST
from genodiff.workflow.settings import load

# Individuals of each set, padded genes: mine-like, and next to nothing.
PAPER = {"individuals": (8_429, 936, 1_040), "genes": 18_432}
TINY = {"individuals": (154, 38, 48), "genes": 16}
PAPERS = (PAPER, "config/paper.yaml")
OF_TINY = (TINY, "tests/workflow/tiny.yaml")


class Requests:
    """The functions of rules/resources.smk under a configuration and files of a cohort's size."""

    def __init__(self, folder: Path, size: dict, *files: str, device: str = "cpu", gpus: int = 1):
        config: dict = {}
        for name in ("config/config.yaml", *files):
            update_config(config, yaml.safe_load((ROOT / name).read_text()))
        config = load(config | {"device": device})
        plan = Plan(config)
        self.of = {
            "config": config, "PLAN": plan, "GPUS": gpus * (device != "cpu"), "BACKBONES": BACKBONES,
            "CLASSIFIERS": CLASSIFIERS, "os": os, "Path": Path, "cache": lambda function: function,
            "dataset_of": lambda w: keys.Dataset.parse(f"{w.generator}{w.share}{w.amount}"),
        }  # fmt: skip
        exec((ROOT / "rules/resources.smk").read_text(), self.of)  # noqa: S102
        self.input = SimpleNamespace(layout=folder / "layout.json", datasets=["x"] * 8, size_mb=10)
        self.input.layout.write_text(json.dumps({"padded_genes": size["genes"], "components": 8}))
        for name, count in zip(("train", "validation", "test"), size["individuals"], strict=True):
            path = folder / f"{name}.parquet"
            pq.write_table(pa.table({"x": pa.nulls(count, pa.int8())}), path)
            setattr(self.input, name, str(path))
        self.input.labels, self.input.dataset = self.input.train, [self.input.train]
        self.input.panel, self.input.weights = [], folder / "model.safetensors"
        self.input.weights.write_bytes(bytes(2_000_000))

    def ask(self, function: str, *attempt: int, generator="unet_mlp", amount="", **wildcards) -> int:
        wildcards = SimpleNamespace(generator=generator, share="", amount=amount, **wildcards)
        return self.of[function](wildcards, self.input, *attempt)


def test_fitting_a_private_network_asks_for_it_and_for_its_steps(tmp_path):
    size = {"individuals": (4_000, 400, 400), "genes": 480}
    requests = Requests(tmp_path, size, "config/private.yaml")
    requests.input.panel = [str(requests.input.layout), requests.input.train]
    memory, minutes = (
        {
            name: requests.ask(function, 1, generator=name) for name in ("gaussian_dp", "diffusion_dp")
        } for function in ("fitting_memory", "fitting_minutes")
    )  # fmt: skip
    assert memory["diffusion_dp"] > memory["gaussian_dp"] + 500
    assert minutes["gaussian_dp"] == 60 < minutes["diffusion_dp"]
    # On no more individuals than these five epochs of eight draws take longer than the panel's 25.
    requests.of["PLAN"].entries["diffusion_dp"]["dp_sgd"]["epochs"] = 5
    assert requests.ask("fitting_minutes", 1, generator="diffusion_dp") > minutes["diffusion_dp"]


def test_memory_of_individuals_is_that_of_arrays_and_not_of_files(tmp_path):
    requests = Requests(tmp_path, *PAPERS)
    megabytes = 8_429 * 18_432 * 8 * 4 / 1e6
    # Individuals at most as many as comparison.memory_mb says; more are in a scratch file.
    individuals = 2000 + 4096 + megabytes * 2 * (936 + 1_040) / 8_429
    mlp, transformer = (
        requests.ask("classifier_memory", 1, classifier=name) for name in ("mlp", "transformer")
    )
    assert individuals < mlp < individuals + 2000
    assert individuals + 6000 < transformer < individuals + 10_000
    assert requests.ask("classifier_memory", 2, classifier="mlp") == pytest.approx(2 * mlp, abs=2)
    assert requests.ask("fitting_memory", 1, generator="gaussian") == pytest.approx(
        2000 + 3 * megabytes, rel=0.01
    )
    requests.input.panel = [str(requests.input.layout), requests.input.train]  # of a private generator
    assert requests.ask("fitting_memory", 1, generator="gaussian") == pytest.approx(
        2000 + 10 * megabytes, rel=0.01
    )
    # UMAP takes a thousand individuals of each set, whatever there are.
    assert requests.ask("embedding_memory", 1) < 20_000
    requests.input.dataset *= 2  # a share and the individuals of a generator
    assert requests.ask("classifier_memory", 1, classifier="mlp") == mlp


def test_a_gpus_host_needs_less_for_training_and_every_gpu_has_a_process(tmp_path):
    cpu, gpu, unsure = (Requests(tmp_path, *PAPERS, device=device) for device in ("cpu", "cuda", "auto"))
    for name in ("mlp_cnn", "unet_cnn"):
        memory = cpu.ask("training_memory", 1, generator=name)
        assert unsure.ask("training_memory", 1, generator=name) == memory > 30_000
        assert gpu.ask("training_memory", 1, generator=name) < 16_000
    four = Requests(tmp_path, *PAPERS, device="cuda", gpus=4)
    once = gpu.ask("training_memory", 1, generator="baseline")
    assert four.ask("training_memory", 1, generator="baseline") == pytest.approx(4 * once, abs=4)
    # Only diffusion models are drawn from on GPUs.
    asked = [gpu.ask("drawing_memory", 1, generator=name) for name in ("baseline", "mosaic")]
    assert asked == [2000 + 3000 + 1024 + 3 * 2, 2000 + 1024 + 3 * 2]


def test_a_file_that_holds_no_tensors_is_reported_by_the_job(tmp_path):
    requests = Requests(tmp_path, *OF_TINY)
    file = Path(requests.input.train)
    file.write_bytes(b"0" * 10_000_000)
    assert 2000 < requests.ask("classifier_memory", 1, classifier="mlp") < 3000
    file.unlink()
    with pytest.raises(FileNotFoundError):  # Snakemake asks again when it is there
        requests.ask("classifier_memory", 1, classifier="mlp")


def test_time_grows_with_work_to_a_partitions_longest_day(tmp_path):
    paper = Requests(tmp_path, *PAPERS)
    assert paper.ask("training_minutes") == paper.ask("drawing_minutes") == LONGEST
    assert paper.ask("classifier_minutes") == LONGEST
    gpu = Requests(tmp_path, *PAPERS, device="cuda")
    # Estimated on a GPU: 33 minutes and, for five times the individuals in a thousand steps, hours.
    assert 120 < gpu.ask("training_minutes") < 12 * 60 < gpu.ask("drawing_minutes", amount=".x5")
    assert gpu.ask("drawing_minutes") < gpu.ask("drawing_minutes", amount=".x5") <= LONGEST
    assert 60 < gpu.ask("classifier_minutes") < LONGEST
    assert gpu.ask("drawing_minutes", generator="mosaic") == 60
    tiny = Requests(tmp_path, *OF_TINY)
    asked = [
        tiny.ask("training_minutes"),
        tiny.ask("drawing_minutes"),
        tiny.ask("classifier_minutes"),
    ]
    assert all(60 <= minutes <= 75 for minutes in asked)


def test_individuals_to_draw_may_be_a_number(tmp_path):
    requests = Requests(tmp_path, *OF_TINY)
    few = requests.ask("drawing_minutes")
    requests.of["PLAN"].synthetic["individuals"] = 10_000_000
    assert requests.ask("drawing_minutes") > few


def test_a_search_asks_for_twice_the_widths_and_for_its_share_of_the_trials(tmp_path):
    requests = Requests(tmp_path, *OF_TINY)
    memory, one = (requests.ask(f, 1) for f in ("tuning_memory", "training_memory"))
    assert memory > 2 * one + 4096
    assert requests.ask("tuning_memory", 2) == pytest.approx(2 * memory, abs=2)
    tuning = requests.of["config"]["tuning"]
    tuning |= {"trials": 4000, "workers": 1}
    alone = requests.ask("tuning_minutes")
    tuning["workers"] = 4
    assert requests.ask("tuning_minutes") < alone <= LONGEST
