"""The house: which folders of the library import which, and what the Snakefile imports."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
LIBRARY = REPOSITORY / "workflow/scripts/genodiff"
GROUND = {"__init__", "registry"}
# Rooms, and those that each may import beside `runtime`, `formats` and the ground floor. Imports point
# upwards in this table, so there are no circles.
ROOMS = {
    "runtime": "",
    "formats": "",
    "qc": "",
    "annotations": "qc",
    "genotypes": "qc annotations",
    "downloads": "annotations",
    "cohort": "qc annotations genotypes",
    "simulation": "annotations cohort",
    "features": "qc genotypes cohort",
    "diffusion": "",
    "networks": "diffusion",
    "privacy": "",
    "training": "networks diffusion privacy",
    "generators": "cohort networks diffusion training privacy",
    "evaluation": "qc genotypes cohort features networks training generators",
    "tables": "cohort generators evaluation",
    "plots": "generators evaluation tables",
    "report": "qc genotypes features diffusion generators evaluation tables",
    "release": "generators tables report",
    "workflow": "annotations genotypes features downloads networks diffusion generators release",
    "tuning": "cohort networks training generators evaluation tables workflow",
}
# What the Snakefile may load beside the standard library; Snakemake needs them too.
LIGHT = {
    "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection", "yaml",
    "cython_runtime",
}  # fmt: skip


def _imports(file: Path) -> set[str]:
    """Dotted names of the library that a file imports, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.startswith("genodiff.")}


def _arrows() -> set[tuple[str, str]]:
    """Modules, as `room.module`, and the other rooms or modules of the ground floor that they import."""
    found = set()
    for file in LIBRARY.rglob("*.py"):
        module = ".".join(file.relative_to(LIBRARY).with_suffix("").parts)
        found |= {(module, name.split(".")[1]) for name in _imports(file)}
    return {(module, room) for module, room in found if module.split(".")[0] != room}


def test_rooms__nothing_is_loose_on_the_ground_floor():
    assert {file.stem for file in LIBRARY.glob("*.py")} == GROUND
    folders = {file.parent.name for file in LIBRARY.glob("*/__init__.py")}
    assert folders == set(ROOMS)


def test_rooms__the_table_points_upwards():
    rooms = list(ROOMS)
    for room, others in ROOMS.items():
        assert set(others.split()) <= set(rooms[: rooms.index(room)]), room


@pytest.mark.slow
def test_rooms__imports_follow_the_table():
    arrows = {(module, room) for module, room in _arrows() if room in ROOMS}
    assert len(arrows) > 100
    ground = {room for module, room in _arrows() if module.split(".")[0] in GROUND}
    assert ground <= {"runtime"}
    against = set()
    for module, imported in arrows:
        room = module.split(".")[0]
        everywhere = {"runtime": set(), "formats": {"runtime"}}.get(room, {"runtime", "formats"})
        if room in ROOMS and imported not in everywhere | set(ROOMS[room].split()):
            against.add((module, imported))
    assert against == set()
    used = {(module.split(".")[0], imported) for module, imported in arrows}
    listed = {(room, other) for room, others in ROOMS.items() for other in others.split()}
    assert listed - used == set(), "no import needs these any more"


def _parse_time_modules() -> list[str]:
    """Modules that the Snakefile and its rules import when they are read, not in functions."""
    files = [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "rules").glob("*.smk"))]
    pattern = re.compile(r"^from (genodiff\S*) import (\w+)|^import (genodiff\S*)", re.M)
    found = set()
    for file in files:
        for package, name, module in pattern.findall(file.read_text()):
            inside = LIBRARY.parent.joinpath(*package.split("."), f"{name}.py")
            found.add(module or (f"{package}.{name}" if inside.is_file() else package))
    return sorted(found)


def test_parse_time_modules_load_nothing_heavy():
    modules = _parse_time_modules()
    assert "genodiff.workflow.code_hash" in modules
    assert "genodiff.networks.backbones" in modules
    code = (
        "import sys; sys.path.insert(0, 'workflow/scripts'); before = set(sys.modules)\n"
        f"import {', '.join(modules)}\n"
        "loaded = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*(name for name in loaded - sys.stdlib_module_names if not name.startswith('_')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) - LIGHT == {"genodiff"}
