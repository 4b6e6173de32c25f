"""Settings of the search for settings of generators."""

from typing import Annotated

from pydantic import Field

from genodiff.registry import Positive, Settings
from genodiff.workflow.settings.lists import Distinct


class Tuning(Settings):
    generators: Distinct[str] = []
    """names of `generators` of kind `diffusion` whose settings are searched, for `tuning.tsv` and
    `tuning/best.yaml`; `[]`: none, and no job of it"""
    trials: Positive = 40
    """settings that are tried for each generator, the configured ones first; those that were given up
    early count. With a larger number a search goes on"""
    workers: Annotated[int, Field(ge=1, le=1000)] = 1
    """jobs that share the trials of a generator. Each trial takes one thread; what is tried depends on
    what is finished, so that only the trials of one worker can be repeated exactly"""
