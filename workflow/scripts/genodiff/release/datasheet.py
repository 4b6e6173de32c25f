"""The datasheet of a release: what it was made from, how, how good and how safe it is. Numbers only: no
id, path or file name of the real data."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from genodiff.formats.decoding import read_decoding
from genodiff.formats.models import read_config
from genodiff.formats.split import SETS, read_split
from genodiff.formats.tensors import Layout
from genodiff.generators.dataset import NULL, PLANTED, REAL
from genodiff.release.cohort import Cohort
from genodiff.report import verdicts
from genodiff.report.cohort import input_facts, variance_facts
from genodiff.report.fidelity import fidelity_tables
from genodiff.report.run_facts import versions
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger
from genodiff.tables.fidelity import LONG_COLUMNS as FIDELITY_COLUMNS
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import LARGEST_EPSILON, LEAKS, PRIVACY_COLUMNS, title
from genodiff.tables.read import read_long
from genodiff.tables.table1 import LONG_COLUMNS as TABLE1_COLUMNS

FORMAT = "genodiff.datasheet.1"
NOT_FOR = [
    "Diagnosis, or any statement about a living person.",
    "Estimates that are published as findings about people: confirm them on real genotypes.",
    "Attempts to find out who was among the real individuals.",
    "Analyses of what it does not contain: other variants than these SNPs, sex, relatives, phase.",
    "Statements on rare variants, Hardy-Weinberg equilibrium, kinship or single SNPs, and filters by "
    "them: see genetic fidelity, where this page has it, and variance_kept in snps.tsv.",
]


# What the datasheet of a generator that is private by proof has in place of an evaluation.
_PROVEN = {"decoding": [], "fidelity": [], "answers": None, "accuracy": [], "attacks": []}


@dataclass(frozen=True)
class Sources:
    """Paths of the files from which the datasheet takes its numbers."""

    table1: str
    table3: str
    privacy: str
    fidelity: str
    decoding: str
    layout: str
    split: str
    inputs: str
    models: list[str]
    network: str | None = None  # config.json of a generator that is private by proof


@dataclass(frozen=True)
class Origin:
    """Where the individuals come from.

    dataset: key of the dataset that was evaluated; evaluated: whether the released individuals are these
    themselves, and not others of the same generator.
    """

    dataset: str
    title: str
    kind: str
    settings: dict[str, Any]
    seed: int
    evaluated: bool
    description: str | None
    terms: str | None
    contact: str | None
    force: str | None
    commit: str


def datasheet(sources: Sources, cohort: Cohort, origin: Origin, formats: list[str]) -> dict[str, Any]:
    """The content of datasheet.json, which datasheet.html shows. Raises InputError where an attack
    contradicts a proof."""
    layout, facts = Layout.read(sources.layout), input_facts(sources.inputs)
    labels = Counter(cohort.labels)
    budget = read_config(sources.network).budget if sources.network else None
    return {
        "format": FORMAT,
        "made": datetime.now(UTC).date().isoformat(),
        "description": origin.description,
        "terms": origin.terms,
        "contact": origin.contact,
        "forced": origin.force,
        "contains": {
            "individuals": len(cohort.samples),
            "classes": {label: labels[label] for label in cohort.classes},
            "control": cohort.classes[0] if cohort.binary else None,
            "snps": len(cohort.sites),
            "genes": len(layout.genes),
            "chromosomes": cohort.contigs,
            "build": facts["build"],
            "formats": formats,
        },
        "made_from": _made_from(sources.split, layout.classes, budget is not None),
        "method": {
            "generator": origin.title,
            "kind": origin.kind,
            "decoder": _decoding(sources.decoding)[0]["decoder"],
            "settings": origin.settings,
            "seed": origin.seed,
            "components": sum(len(gene.mean) for gene in layout.genes),
            "variance_kept_percent": round(variance_facts(sources.models)["mean"], 2),
            "versions": versions(),
            "commit": origin.commit or None,
        },
        "evaluated": origin.evaluated if budget is None else None,
        "budget": budget,
        "proven": budget is not None and budget["epsilon"] <= LARGEST_EPSILON,
        **_shown(_evaluation(sources, origin, 1 / len(layout.classes)), origin, budget),
        "not_for": NOT_FOR,
    }


def _made_from(split_path: str, classes: list[str], training: bool) -> dict[str, dict[str, int]]:
    """Real individuals by set and class; `training`: of those to whom the generator was fitted only."""
    split = read_split(split_path)
    counts = Counter(zip(split["set"], split["label"].fillna("unlabelled"), strict=True))
    found = {
        name: {label: counts[name, label] for label in [*classes, "unlabelled"] if counts[name, label]}
        for name in SETS
    }
    left_out = {"excluded", "validation", "test"} if training else {"excluded"}
    return {name: own for name, own in found.items() if own and name not in left_out}


def _shown(evaluation: dict[str, Any], origin: Origin, budget: dict[str, Any] | None) -> dict[str, Any]:
    """What of an evaluation the datasheet shows: nothing, if the generator is private by proof, since
    every number is computed from real individuals and would cost budget. Raises InputError where an
    attack contradicts the proof."""
    if budget is None:
        return evaluation
    private = evaluation["answers"]["private"]
    if private["answer"] == LEAKS.word:
        problem = (
            f"{origin.dataset}: an attack finds training individuals, although the generator is private "
            "by proof: find out why before you release it; a reason that is given as `force` releases "
            f"it nevertheless. {private['reason']}"
        )
        if origin.force is None:
            raise InputError(problem)
        logger.warning("%s", problem)
    return _PROVEN


def _decoding(path: str) -> list[dict[str, Any]]:
    """The round trip of real individuals through the decoder that was used."""
    table = read_decoding(path)
    chosen = table[table["chosen"] == "yes"]
    keys = ("decoder", "set", "individuals", "exact", "non_reference", "frequency_error")
    return [
        {key: _plain(row[key]) for key in (*keys, "heterozygosity")} for row in chosen.to_dict("records")
    ]


def _fidelity(path: str, origin: Origin) -> list[dict[str, Any]]:
    """Genetic fidelity beside its null, as texts, table by table."""
    own = {origin.dataset: {"title": origin.title, "kind": origin.kind}}
    return [
        {
            "caption": table.caption,
            "rows": [
                {"number": heading, "null": null.text, "value": value.text, "note": value.note}
                for (heading,), (null, value) in table.rows
            ],
        }
        for table in fidelity_tables(path, own)
    ]


def _evaluation(sources: Sources, origin: Origin, chance: float) -> dict[str, Any]:
    """Usefulness, closeness and privacy of the dataset, beside real individuals and nulls."""
    table1 = read_long(sources.table1, TABLE1_COLUMNS)
    table3 = read_long(sources.table3, LONG_COLUMNS)
    privacy = read_long(sources.privacy, PRIVACY_COLUMNS)
    # A release is one seed; of another one with the same generator nothing follows.
    if origin.seed in set(privacy["seed"]):
        privacy = privacy[privacy["seed"] == origin.seed]
    entry = {origin.dataset: {"title": origin.title, "kind": origin.kind}}
    fidelity = read_long(sources.fidelity, FIDELITY_COLUMNS)
    (verdict,) = verdicts.verdicts(table1, table3, privacy, fidelity, entry, chance)
    answers = {
        key: {"answer": answer.word, "tone": answer.tone, "reason": answer.why}
        for key, answer in {
            "useful": verdict.useful, "close": verdict.close, "faithful": verdict.faithful,
            "private": verdict.private,
        }.items()
    }  # fmt: skip
    accuracy = table1.groupby(["dataset", "classifier"], sort=False)[["accuracy", "se"]].mean()
    attacks = privacy[privacy["dataset"].isin([NULL, PLANTED, origin.dataset])]
    attacks = attacks[["attack", "dataset", "auc", "auc_low", "auc_high", "tpr_1"]]
    names = {origin.dataset: "this release", NULL: "null", PLANTED: "positive control", REAL: "real"}
    return {
        "decoding": _decoding(sources.decoding),
        "fidelity": _fidelity(sources.fidelity, origin),
        "answers": answers,
        "accuracy": [
            {"dataset": names[dataset], "classifier": classifier}
            | {k: _plain(v) for k, v in row.items()}
            for (dataset, classifier), row in accuracy.iterrows()
            if dataset in (REAL, origin.dataset)
        ],
        "attacks": [
            {k: _plain(v) for k, v in row.items()}
            | {"attack": title(row["attack"]), "dataset": names[row["dataset"]]}
            for row in attacks.to_dict("records")
        ],
    }


def _plain(value: Any) -> Any:
    """A value for JSON: NaN as null, numbers rounded."""
    if isinstance(value, float):
        return None if value != value else round(value, 4)
    return value
