"""What the Snakefile imports at parse time must not load anything heavy."""

import subprocess
import sys

import pytest

MODULES = [
    "genodiff.workflow.settings",
    "genodiff.workflow.code_hash",
    "genodiff.workflow.recipes",
    "genodiff.generators",
    "genodiff.networks.backbones",
    "genodiff.networks.classifiers",
    "genodiff.diffusion.samplers",
    "genodiff.downloads.checksums",
    "genodiff.downloads.onekg",
    "genodiff.genotypes.chromosomes",
]
# Pydantic with what it needs, and PyYAML: Snakemake has loaded all of them.
ALLOWED = {
    "genodiff", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection",
    "yaml",
}  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_parse_time_module__loads_the_standard_library_pydantic_and_yaml_only(module, root):
    code = (
        "import sys; sys.path.insert(0, 'workflow/scripts'); before = set(sys.modules)\n"
        f"import {module}\n"
        "loaded = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "names = {name for name in loaded if name[0] != '_' and name != 'cython_runtime'}\n"
        "print(*sorted(names - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) <= ALLOWED
