"""What the Snakefile imports at parse time must not load anything heavy."""

import subprocess
import sys

import pytest

MODULES = [
    "genodiff.workflow.config",
    "genodiff.workflow.code_hash",
    "genodiff.workflow.recipes",
    "genodiff.generators",
    "genodiff.networks.backbones",
    "genodiff.networks.classifiers",
    "genodiff.diffusion.predictions",
    "genodiff.diffusion.samplers",
    "genodiff.downloads.checksums",
    "genodiff.downloads.onekg",
    "genodiff.genotypes.chromosomes",
]


@pytest.mark.parametrize("module", MODULES)
def test_parse_time_module__loads_the_standard_library_only(module, root):
    code = (
        "import sys; sys.path.insert(0, 'workflow/scripts'); before = set(sys.modules)\n"
        f"import {module}\n"
        "loaded = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(loaded - sys.stdlib_module_names - {'genodiff'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
