"""What a run of Snakemake shows on the terminal, on a workflow of its own that takes seconds."""

import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

SNAKEFILE = """
import sys
sys.path.insert(0, "{scripts}")
from snakemake.logging import logger
from genodiff.workflow.terminal import prepare_terminal

if workflow.is_main_process:
    prepare_terminal(logger, workflow.output_settings, workflow.resource_settings.cores)

rule all:
    input: expand("{{chrom}}.txt", chrom=[1, 2])

rule gene_pca:
    output: "{{chrom}}.txt"
    log: "logs/gene_pca/{{chrom}}.log"
    message: "Components of chromosome {{wildcards.chrom}}"
    script: "job.py"

rule broken:
    output: "broken.txt"
    log: "logs/broken.log"
    message: "This one fails"
    script: "broken.py"

rule long:
    output: "long.txt"
    log: "logs/long.log"
    message: "A long one"
    script: "long.py"
"""
SCRIPT = """
import sys, time
sys.path.insert(0, "{scripts}")
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import job_log, logger
from genodiff.runtime.signals import Stopped, watch_stop

with job_log(snakemake.log[0], chromosome=bool(snakemake.wildcards)):
"""
JOBS = {
    "job": '    logger.warning("chr%s: 3 odd records", snakemake.wildcards.chrom)\n'
    '    open(snakemake.output[0], "w").close()\n',
    "broken": '    raise InputError("cohort.tsv: line 3: no label")\n',
    "long": "    with watch_stop() as stop:\n"
    '        open("started", "w").close()\n'
    "        end = time.monotonic() + 120\n"
    "        while not stop() and time.monotonic() < end:\n"
    "            time.sleep(0.01)\n"
    '        raise Stopped("stopped after step 3: run the same command to go on")\n',
}


@pytest.fixture
def folder(tmp_path, repository):
    scripts = repository / "workflow/scripts"
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(scripts=scripts))
    for name, body in JOBS.items():
        (tmp_path / f"{name}.py").write_text(SCRIPT.format(scripts=scripts) + body)
    return tmp_path


def test_a_step_is_a_line_and_the_chromosomes_share_a_warning(folder, run_workflow):
    output = run_workflow(folder)
    steps = [line for line in output.splitlines() if ": took " in line]
    assert {line.partition(":")[0] for line in steps} == {
        "Components of chromosome 1", "Components of chromosome 2", "all",
    }  # fmt: skip
    assert steps[-1].endswith("; all 3 steps are done")
    (warning,) = (line for line in output.splitlines() if "odd records" in line)
    assert warning.startswith("WARNING: gene_pca, on 2 of 2 chromosomes")
    for words in ("Select jobs", "Reason:", "Finished jobid", "rule all:"):
        assert words not in output
    (log,) = (folder / ".snakemake/log").iterdir()
    assert "Finished jobid" in log.read_text()
    assert "Reason: Missing output files: 1.txt" in log.read_text()


@pytest.mark.parametrize("option", ["--dry-run", "--verbose", "--printshellcmds"])
def test_options_for_other_output_give_it(folder, run_workflow, option):
    output = run_workflow(folder, "1.txt", option)
    assert "Reason: Missing output files: 1.txt" in output
    assert ": took " not in output


def test_quiet_is_quiet_but_for_warnings(folder, run_workflow):
    output = run_workflow(folder, "1.txt", "--quiet", "all")
    assert [line for line in output.splitlines() if line] == ["WARNING: chr1: 3 odd records"]


def test_an_error_is_a_line_of_the_job_and_one_of_the_run(folder, fail_workflow):
    output = fail_workflow(folder, "broken.txt", "--show-failed-logs")
    assert "\nError: cohort.tsv: line 3: no label\n" in output
    assert re.search(
        r"^This one fails: failed after \d+ s: cohort\.tsv: line 3: no label \(log: ", output, re.M
    )
    for words in ("RuleException", "Error in rule", "ERROR", "Shutting down", "Exiting"):
        assert words not in output
    (log,) = (folder / ".snakemake/log").iterdir()
    assert "Error in rule broken:" in log.read_text()


def test_a_traceback_is_shown_whole(folder, fail_workflow):
    script = folder / "broken.py"
    script.write_text(script.read_text().replace(JOBS["broken"], "    print(1 / 0)\n"))
    output = fail_workflow(folder, "broken.txt", "--show-failed-logs")
    assert "ZeroDivisionError" in output
    assert "Error in rule broken:" in output
    assert "Exiting because a job execution failed" in output


def test_ctrl_c_is_a_line_of_the_job_and_one_of_the_run(folder):
    """In a terminal, which sends SIGINT to all processes of the run."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--nocolor", "long.txt"], cwd=folder,
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    while not (folder / "started").exists() and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    output = b""
    try:
        while data := os.read(ours, 65536):
            output += data
    except OSError:  # Linux reports the end of a terminal so
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 1
    lines = output.decode().splitlines()
    assert "long: stopped after step 3: run the same command to go on" in lines
    assert "Interrupted: 1 of 1 steps remain; the same command continues from here." in lines
    assert "Traceback" not in output.decode()
    assert "Error" not in output.decode()
