"""What each rule's jobs import, and what its conda environment declares.

Run as a program it tries imports with some top-level modules blocked: JSON on standard input with
`blocked`, `statements` and `path`, JSON of statement to error on standard output.
"""

import ast
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement

# Registries whose modules a rule names in its `code=`, and where they are.
REGISTRIES = {
    "ANALYTIC": "evaluation.denoising",
    "ATTACKS": "evaluation.attacks",
    "BACKBONES": "networks.backbones",
    "CLASSIFIERS": "networks.classifiers",
    "DECODERS": "features.decoders",
    "FIDELITY": "evaluation.fidelity",
    "KINDS": "generators",
    "METRICS": "evaluation",
    "PREDICTIONS": "diffusion.predictions",
    "READERS": "genotypes.readers",
    "SAMPLERS": "diffusion.samplers",
    "WRITERS": "release.writers",
}
# Those of `PLAN.modules`.
PLANNED = ["BACKBONES", "KINDS", "PREDICTIONS", "SAMPLERS"]
# Packages of an environment that are programs, which jobs start.
PROGRAMS = {"curl"}
# What PyPI calls something otherwise than conda-forge.
PYPI_NAMES = {"pytorch": "torch"}
# One entry, or those of a whole registry.
_NAMED = re.compile(r'\b([A-Z]+)(?:\[[\w.\[\]"]+\])?\.reference|\.reference for entry in ([A-Z]+)\.')


@dataclass(frozen=True)
class Job:
    """A rule as it is written: the stem of its environment, and the script and modules it runs."""

    rule: str
    env: str
    entries: tuple[str, ...]


def jobs(rules: Path) -> list[Job]:
    """Every rule of a folder of .smk files."""
    found = []
    for file in sorted(rules.glob("*.smk")):
        for block in re.split(r"(?m)^ *rule ", file.read_text())[1:]:
            named = ["".join(names) for names in _NAMED.findall(block)]
            assert len(named) == block.count(".reference"), block
            modules = [
                entry.module
                for name in [*named, *(PLANNED if "PLAN.modules(" in block else [])]
                for entry in getattr(import_module(f"genodiff.{REGISTRIES[name]}"), name).values()
            ]
            env = re.search(r'"\.\./envs/(\w+)\.yaml"', block)[1]
            script = re.search(r'"\.\./workflow/scripts/(\w+\.py)"', block)[1]
            found.append(Job(block.split(":")[0], env, (script, *filter(None, modules))))
    return found


def programs(file: Path) -> set[str]:
    """Programs that a Python file starts: the first words of its lists, if it starts processes."""
    tree = ast.parse(file.read_bytes())
    first = [node.elts[0] for node in ast.walk(tree) if isinstance(node, ast.List) and node.elts]
    words = {node.value for node in first if isinstance(node, ast.Constant)}
    names = {word for word in words if isinstance(word, str)}
    return names if "subprocess" in imports(file).values() else set()


def dependencies(env: Path) -> dict[str, str]:
    """Distributions and programs that an environment declares, by their names on PyPI in lower case, and
    versions; without Python and pip."""
    declared = {}
    for line in yaml.safe_load(env.read_text())["dependencies"]:
        for item in line["pip"] if isinstance(line, dict) else [line]:
            name, _, version = item.partition("=")
            declared[PYPI_NAMES.get(name.strip(), name.strip()).lower()] = version.lstrip("=")
    return {name: version for name, version in declared.items() if name not in ("python", "pip")}


def _optional(tree: ast.AST) -> set[int]:
    """Imports that need not work: for type checkers, or where an ImportError is caught."""
    found = set()
    for node in ast.walk(tree):
        typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        caught = isinstance(node, ast.Try) and any(
            handler.type is not None
            and ast.unparse(handler.type) in ("ImportError", "ModuleNotFoundError")
            for handler in node.handlers
        )
        if typing or caught:
            found.update(id(inner) for statement in node.body for inner in ast.walk(statement))
    return found


def imports(file: Path) -> dict[str, str]:
    """Import statements of a file, inside of functions too, and the top-level module each names."""
    tree = ast.parse(file.read_bytes())
    optional = _optional(tree)
    found = {}
    for node in ast.walk(tree):
        if id(node) in optional:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[f"import {alias.name}"] = alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[f"from {node.module} import {alias.name}"] = node.module.split(".")[0]
    return found


def _owners() -> dict[str, set[str]]:
    """Distributions by top-level module."""
    return {
        top: {name.lower() for name in names} for top, names in metadata.packages_distributions().items()
    }


def undeclared(files: list[Path], declared: set[str]) -> list[str]:
    """Import statements of files whose module is in no declared distribution."""
    owners, found = _owners(), []
    for file in files:
        for statement, top in imports(file).items():
            ours = top in sys.stdlib_module_names or top == "genodiff"
            if not ours and not owners.get(top, set()) & declared:
                found.append(f"{file.name}: {statement}")
    return found


def with_requirements(declared: set[str]) -> set[str]:
    """Distributions, and what they need, and what that needs."""
    todo, seen = list(declared), set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                todo.append(needed.name.lower())
    return seen


def failing_imports(files: list[Path], declared: set[str], scripts: Path) -> dict[str, str]:
    """Import statements of files that fail in a process that can import nothing but the standard
    library, genodiff, and the declared distributions with their requirements; and how they fail."""
    there = {name.replace("_", "-") for name in with_requirements(declared)}
    blocked = [
        top for top, names in _owners().items() if not {n.replace("_", "-") for n in names} & there
    ]
    statements = sorted({statement for file in files for statement in imports(file)})
    for file in files:
        parts = file.relative_to(scripts).with_suffix("").parts
        if parts[0] == "genodiff" and file.suffix == ".py":
            statements.append("import " + ".".join(part for part in parts if part != "__init__"))
    done = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, check=True,
        input=json.dumps({"blocked": blocked, "statements": statements, "path": str(scripts)}),
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


class _Blocker:
    """Finds nothing, and forbids what is blocked."""

    def __init__(self, blocked: set[str]):
        self.blocked = blocked

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.blocked:
            raise ModuleNotFoundError(f"{name} is not in this environment", name=name)


def _try_imports() -> None:
    asked = json.load(sys.stdin)
    sys.path.insert(0, asked["path"])
    for name in list(sys.modules):  # what this program itself has loaded
        if name.split(".")[0] in asked["blocked"]:
            del sys.modules[name]
    sys.meta_path.insert(0, _Blocker(set(asked["blocked"])))
    errors = {}
    for statement in asked["statements"]:
        try:
            exec(statement, {})  # noqa: S102
        except Exception as error:
            errors[statement] = repr(error)
    print(json.dumps(errors))


if __name__ == "__main__":
    _try_imports()
