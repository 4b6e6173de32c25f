"""The job that fits a generator which is no network: from a tensor file to a model on disk."""

from typing import Any

from genodiff.formats.labels import check_classes
from genodiff.formats.models import ModelConfig, write_model
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.generators import load_kind
from genodiff.runtime.logs import logger


def fit_job(
    *, layout_path: str, train_path: str, weights_path: str, config_path: str, kind: str,
    settings: dict[str, Any], plugins: list[str], label_mixes: dict[str, list[str]] | None = None,
    panel: tuple[str, str] | None = None, threads: int = 1,
) -> None:  # fmt: skip
    """Fit a generator to the individuals of `train_path`.

    `label_mixes`: classes that will be drawn; `panel`: layout and tensor file of public individuals, for
    a private generator. Raises InputError where the cohort lacks one of
    them, and where the generator cannot be fitted to the individuals.
    """
    layout = Layout.read(layout_path)
    check_classes(label_mixes or {}, layout.classes)
    generator = load_kind(kind, plugins)(layout, **settings)
    generator.plugins, generator.threads = plugins, threads
    spent = None
    if panel is not None:
        generator.panel = read_individuals(panel[1], Layout.read(panel[0])).x
    tensors = generator.fit(read_individuals(train_path, layout))
    if panel is not None:
        spent = generator.budget()
        logger.info("spent: epsilon %.4g at delta %g", spent["spent"], spent["delta"])
    config = ModelConfig.of(kind, settings, layout, budget=spent)
    write_model(weights_path, config_path, tensors, config)
    size = sum(value.nbytes for value in tensors.values()) / 2**20
    logger.info("%s %s: %d tensors, %.1f MiB", kind, settings, len(tensors), size)
