"""The standalone example of the documents does what it says."""

import os
import re
import subprocess
import sys


def test_the_example_trains_and_its_individuals_differ_by_class(repository, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(repository / "workflow/scripts")}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(repository / "docs/example.py")], cwd=tmp_path,
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    controls, cases, variance = map(
        float, re.findall(r"(-?\d\.\d\d)(?: on average)?$", done.stdout, re.M)
    )
    # 500 individuals, eight genes: a standard error of 0.02; what the network adds is below 0.1.
    assert abs(controls) < 0.15
    assert abs(cases - 1) < 0.15
    assert 0.85 < variance < 1.15
    assert not list(tmp_path.iterdir())
