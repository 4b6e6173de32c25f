"""The result of an evaluation job: one JSON object with its keys (dataset, seed, ...) and values."""

import json
import os
from pathlib import Path
from typing import Any

from genodiff.formats.common import whole_file


def write_result(path: str | os.PathLike, content: dict[str, Any]) -> None:
    """Write one result; raises ValueError on numbers that are not finite, which JSON does not allow."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, allow_nan=False)


def read_results(paths: list[str]) -> list[dict[str, Any]]:
    """Read results in the order of `paths`."""
    return [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths]
