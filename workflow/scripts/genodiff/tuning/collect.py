"""The table of all trials, and the configuration of the chosen ones, from the results of workers."""

import json
import os
from collections.abc import Sequence
from typing import Any

import yaml

from genodiff.formats.common import write_text
from genodiff.runtime.logs import logger
from genodiff.tables.write import write_long
from genodiff.tuning.choice import Row, choose, front
from genodiff.tuning.spaces import overlay

# Columns of tuning.tsv.
COLUMNS = [
    "generator", "trial", "state", "default", "chosen", "front", "recovery", "recovery_se",
    "closeness", "closeness_se", "aa_truth", "aa_syn", "attack", "attack_low", "attack_high",
    "excess", "finds", "denoising_error", "best_epoch", "null_aa_truth", "null_aa_syn", "null_attack",
    "null_attack_low", "null_attack_high", "auc_real", "cpu_seconds", "worker", "settings", "errors",
    "reason",
]  # fmt: skip
# Marks of the numbers of a trial that has none.
_WORTH = (
    "recovery", "recovery_se", "closeness", "closeness_se", "aa_truth", "aa_syn", "attack",
    "attack_low", "attack_high", "excess", "finds", "denoising_error", "best_epoch",
)  # fmt: skip
_HEAD = """\
# The settings that were chosen by validation individuals (results/tuning.tsv), made by the workflow.
# Lay it over the configuration: snakemake --configfile config/config.yaml {path}
"""


def whole_studies(results: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The result of the worker that ended last, which has all trials, by generator: it has the most
    finished trials."""
    found: dict[str, dict[str, Any]] = {}
    for result in results:
        name = result["generator"]
        if name not in found or _finished(result) > _finished(found[name]):
            found[name] = result
    return found


def _finished(result: dict[str, Any]) -> int:
    return sum(trial["state"] != "running" for trial in result["trials"])


def rows_of(result: dict[str, Any]) -> list[Row]:
    """Rows of tuning.tsv of a study; its trials with the numbers that `choice` needs, and the text of
    their settings."""
    rows = []
    for trial in result["trials"]:
        own = {name: trial["worth"].get(name) for name in _WORTH}
        null = {f"null_{key}": value for key, value in result["null"].items()}
        rows.append(
            trial
            | own
            | null
            | {
                "generator": result["generator"], "trial": trial["number"],
                "auc_real": result["auc_real"], "errors": json.dumps(trial["errors"]),
                "settings": json.dumps(trial["changes"], sort_keys=True),
            }
        )  # fmt: skip
    best, others = choose(rows), front(rows)
    return [row | {"chosen": row is best, "front": any(row is o for o in others)} for row in rows]


def tuned_entry(
    entry: dict[str, Any], own: dict[str, Any], changes: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """An entry of `generators` with chosen settings: the complete ones of the network, and those keys of
    the recipe that were searched or are this generator's own (`own`), so that other keys, such as
    epochs, follow the configuration as those of the untuned generator do."""
    style = {"style": entry["style"] | {"filled": False}} if entry["style"] else {}
    return {
        "kind": entry["kind"], "backbone": entry["backbone"], "title": f"{entry['title']}, tuned",
        **style,
        "settings": overlay(entry["settings"], changes["settings"]),
        **overlay(own, changes["diffusion"]),
    }  # fmt: skip


def collect(
    *, results: Sequence[dict[str, Any]], entries: dict[str, dict[str, Any]],
    own: dict[str, dict[str, Any]], table: str | os.PathLike, best: str | os.PathLike,
) -> None:  # fmt: skip
    """Write tuning.tsv and best.yaml from results of workers. entries: complete entries of the tuned
    generators by name; own: the keys of the recipe of each that are not those of all. A generator
    without a feasible trial has a comment in best.yaml in place of an entry."""
    studies, rows, chosen, without = whole_studies(results), [], {}, []
    for name in entries:
        found = rows_of(studies[name])
        rows += found
        best_row = next((row for row in found if row["chosen"]), None)
        if best_row is None:
            without.append(name)
            logger.warning(
                "%s: in the individuals of every finished trial an attack finds training individuals, "
                "or none is finished; nothing is chosen", name,
            )  # fmt: skip
            continue
        chosen[f"{name}_tuned"] = tuned_entry(entries[name], own[name], best_row["changes"])
        logger.info(
            "%s: trial %d of %d, recovery %.3f, distance %.3f", name, best_row["number"], len(found),
            best_row["recovery"], best_row["closeness"],
        )  # fmt: skip
    write_long(table, rows, COLUMNS)
    notes = [
        f"# {name}: no trial in whose individuals attacks find nothing; nothing is chosen."
        for name in without
    ]
    content = {"generators": chosen} if chosen else {}
    text = yaml.safe_dump(content, sort_keys=False, width=100, default_flow_style=None)
    write_text(best, _HEAD.format(path=best) + "".join(f"{n}\n" for n in notes) + text)
