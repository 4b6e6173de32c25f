"""Keys of configurations and profiles: what the documents name is there, and what is there is named."""

import logging
import re
from collections.abc import Iterator
from types import SimpleNamespace

import documents
import pytest
import yaml
from documents import PAGES, ROOT
from snakemake_executor_plugin_slurm.partitions import get_best_partition, read_partition_file

from genodiff.generators import KINDS
from genodiff.registry import Settings
from genodiff.workflow.settings import load
from genodiff.workflow.settings.configuration import Configuration
from genodiff.workflow.settings.messages import unwrapped


def _keys(model: type[Settings], where: str = "") -> Iterator[str]:
    """Every key of a section with its dots, and of the sections below it."""
    for name, field in model.model_fields.items():
        yield f"{where}{name}"
        if isinstance(kind := unwrapped(field.annotation), type) and issubclass(kind, Settings):
            yield from _keys(kind, f"{where}{name}.")


@pytest.mark.parametrize("page", PAGES)
def test_every_key_that_is_named_is_one(page):
    keys = set(_keys(Configuration))
    keys |= {key for kind in KINDS.values() for key in _keys(kind.settings)}
    sections = {key.split(".")[0] for key in keys if "." in key}
    named = re.findall(r"`([a-z_]+(?:\.[a-z_0-9]+)+)(?::[^`]*)?`", documents.prose(PAGES[page]))
    for name in named:
        first, last = name.split(".")[0], name.rpartition(".")[2]
        if first not in sections or last in ("tsv", "yaml", "py", "smk"):
            continue
        module = ROOT / "workflow/scripts/genodiff" / name.replace(".", "/")
        assert name in keys or module.with_suffix(".py").exists() or module.is_dir(), name


def _yaml_blocks() -> list[documents.Block]:
    found = [block for name, text in PAGES.items() for block in documents.blocks(text, name)]
    return [block for block in found if block.language == "yaml"]


def test_every_configuration_is_valid():
    others = ("profiles/", "partitions.yaml")
    shown = [block for block in _yaml_blocks() if not block.name.startswith(others)]
    assert len(shown) >= 8
    for block in shown:
        assert load({"cohort": {"source": "simulate"}} | yaml.safe_load(block.text)), block.page


def test_every_part_of_a_profile_is_one_that_the_profile_offers():
    shown = [block for block in _yaml_blocks() if block.name.startswith("profiles/")]
    assert len(shown) >= 3
    rules = set()
    for file in (ROOT / "rules").glob("*.smk"):
        rules |= set(re.findall(r"rule (?:\w+ as )?(\w+)(?::| with:)", file.read_text()))
    for block in shown:
        # Lines of examples, which are commented out in the profile, count.
        lines = (ROOT / block.name).read_text().splitlines()
        offered = {line.replace("# ", "").split(":")[0].strip() for line in lines}
        for key, value in yaml.safe_load(block.text).items():
            assert key in offered, key
            value = dict.fromkeys(value.split(",")) if isinstance(value, str) else value
            assert set(value) <= rules | offered, value
            settings = {name for own in value.values() if isinstance(own, dict) for name in own}
            assert settings <= {"slurm_partition", "gpu_model", "runtime"}


def test_the_profile_has_every_key_once_when_its_examples_are_taken():
    text = (ROOT / "profiles/slurm/profile.yaml").read_text()
    keys = re.findall(r"^(?:# )?([a-z][a-z-]+):(?: |$)", text, re.M)
    assert {"set-resources", "set-threads", "default-resources"} <= set(keys)
    assert len(keys) == len(set(keys)), sorted(keys)


def test_jobs_are_submitted_one_by_one():
    """With arrays, the plugin (2.8.0) waits for ever where `jobs` is fewer than an array has tasks,
    and all tasks get the memory and time of the first."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text())
    assert not {"slurm-array-jobs", "groups"} & set(profile)


def test_jobs_go_to_the_partitions_that_the_page_on_clusters_says(tmp_path):
    (block,) = (block for block in _yaml_blocks() if block.name == "partitions.yaml")
    (tmp_path / "partitions.yaml").write_text(block.text)
    partitions = read_partition_file(tmp_path / "partitions.yaml")

    def chosen(**resources) -> str | None:
        job = SimpleNamespace(name="job", threads=1, resources=resources)
        return get_best_partition(partitions, job, logging.getLogger("partitions"))

    tensors = {"mem_mb": 2048, "runtime": 60}
    training = {"mem_mb": 50_000, "runtime": 24 * 60}
    assert chosen(**tensors) == "short"
    assert chosen(**training) == "medium"
    assert chosen(**training, gpu=1) == "gpu"
    assert chosen(mem_mb=6000, runtime=3 * 24 * 60) == "long"
    assert chosen(**training, gpu=8) is None
