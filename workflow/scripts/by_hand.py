"""Run the job that makes one file in this process, for use with a debugger:

    python workflow/scripts/by_hand.py --configfile mine.yaml --pdb results/split.tsv

The inputs of the job must exist; existing outputs remain until the job replaces them. Snakemake keeps no
record of the run.
"""

import argparse
import pdb
import runpy
import sys
import traceback
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.exceptions import RuleException, WorkflowError
from snakemake.iocontainers import Snakemake
from snakemake.settings import types

import genodiff

# The library is imported from this folder before the Snakefile imports a cached copy.
SCRIPTS = Path(genodiff.__file__).parents[1]
SNAKEFILE = SCRIPTS.parents[1] / "Snakefile"


def find_job(target: str, configfiles: list[Path], cores: int) -> tuple[Path, Snakemake]:
    """Script of the job that makes `target` (a file, or a rule without wildcards), and the object
    `snakemake` for the script. Neither inputs nor outputs are changed.

    Raises WorkflowError or RuleException if no rule makes the target, if its rule has no script, or if
    inputs of the job do not exist.
    """
    with SnakemakeApi(types.OutputSettings(quiet={types.Quietness.ALL})) as api:
        workflow_api = api.workflow(
            types.ResourceSettings(cores=cores), types.ConfigSettings(configfiles=configfiles),
            snakefile=SNAKEFILE,
        )  # fmt: skip
        dag = workflow_api.dag(types.DAGSettings(targets={target}))
        # As `snakemake --dag` does: no public function of Snakemake returns a job.
        workflow = dag.workflow_api._workflow
        workflow._prepare_dag(forceall=False, ignore_incomplete=True, lock_warn_only=True)
        workflow._build_dag()
        (job,) = workflow.dag.targetjobs
        rule = job.rule
        if not job.is_script:
            raise WorkflowError(f"rule {rule.name} has no script: name a file that one job makes")
        missing = [file for file in job.input if not Path(file).exists()]
        if missing:
            again = ["--configfile", *map(str, configfiles)] if configfiles else []
            raise WorkflowError(
                f"rule {rule.name}: {len(missing)} of its inputs do not exist; make them first:\n"
                f"snakemake --cores all {' '.join([*missing, *again])}"
            )
        folder = rule.basedir.get_path_or_uri(secret_free=True)
        return Path(folder, rule.script).resolve(), Snakemake(
            job.input, job.output, job.params, job.wildcards, job.threads, job.resources, job.log,
            workflow.globals["config"], rule.name, None, folder,
        )  # fmt: skip


def run_job(script: Path, snakemake: Snakemake) -> None:
    """Make the folders of outputs and logs, and run a script with its object `snakemake`."""
    for file in (*snakemake.output, *snakemake.log):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    print(f"rule {snakemake.rule}: {script}, log {', '.join(snakemake.log)}", file=sys.stderr)
    runpy.run_path(str(script), {"snakemake": snakemake}, "__main__")


def _post_mortem(error: BaseException) -> None:
    """Open the debugger at the line where a job failed, also if a message replaced its exception."""
    if isinstance(error, SystemExit) and error.__context__ is not None:
        error = error.__context__
    traceback.print_exception(error)
    pdb.post_mortem(error.__traceback__)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "target", nargs="?",
        help="a file that the job makes, as for Snakemake; may follow the names of --configfile",
    )  # fmt: skip
    parser.add_argument(
        "--configfile", action="extend", nargs="+", default=[], type=Path,
        help="as for Snakemake: one file or several",
    )  # fmt: skip
    parser.add_argument("--cores", type=int, default=1, help="as for Snakemake (default: 1)")
    parser.add_argument("--pdb", action="store_true", help="open the debugger if the job fails")
    options = parser.parse_args()
    if options.target is None:
        if not options.configfile:
            parser.error("name a file that a job makes")
        options.target = str(options.configfile.pop())
    try:
        script, snakemake = find_job(options.target, options.configfile, options.cores)
    except (WorkflowError, RuleException, OSError) as error:
        sys.exit(f"Error: {error}")
    try:
        run_job(script, snakemake)
    except (Exception, SystemExit) as error:
        if options.pdb and getattr(error, "code", 1):
            _post_mortem(error)
            sys.exit(1)
        raise


if __name__ == "__main__":
    main()
