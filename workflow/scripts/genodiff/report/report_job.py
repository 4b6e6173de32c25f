"""The report job of the workflow: one HTML file that opens offline."""

import os
from typing import Any

from genodiff.formats.common import whole_file
from genodiff.report.content import Sources, content
from genodiff.report.templates import template
from genodiff.runtime.logs import logger


def render(variables: dict[str, Any]) -> str:
    """The page of the report."""
    return template("genodiff.report", "report.html.jinja").render(variables)


def report_job(
    sources: Sources, *, output: str | os.PathLike, config: dict[str, Any],
    generators: dict[str, dict[str, dict[str, Any]]], classifiers: dict[str, str], commit: str,
) -> None:  # fmt: skip
    """Write the report."""
    page = render(content(sources, config, generators, classifiers, commit))
    with whole_file(output) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write(page)
    logger.info("report of %.1f MiB", len(page) / 2**20)
