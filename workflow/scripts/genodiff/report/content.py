"""The content of the report; the template only lays it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import pandas as pd
import yaml

from genodiff.formats.decoding import read_decoding
from genodiff.formats.tensors import Layout
from genodiff.generators import COPYING, REFERENCES
from genodiff.generators.dataset import (
    COMPONENTS,
    GENOTYPES,
    REAL,
    REAL_TITLE,
    Dataset,
)
from genodiff.qc.relatives import read_relatives, relatives_line, relatives_warning
from genodiff.qc.summary import size_line
from genodiff.report import paper, verdicts
from genodiff.report.attacks import attack_table
from genodiff.report.cohort import (
    decoding_rows,
    decoding_warning,
    individuals_table,
    input_facts,
    quality_rows,
    variance_facts,
)
from genodiff.report.fidelity import fidelity_tables
from genodiff.report.figures import WITH_REAL_POINTS, data_uri, embedded
from genodiff.report.methods import methods
from genodiff.report.run_facts import job_times, versions, wall_time
from genodiff.report.splits import splits_tables
from genodiff.report.tables import PRINTED, Table, batch_warning, gap_table, table1, table2, table3
from genodiff.report.terms import TERMS
from genodiff.runtime.logs import duration
from genodiff.tables.denoising import DENOISING_COLUMNS
from genodiff.tables.fidelity import LONG_COLUMNS as FIDELITY_COLUMNS
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import COPIES, LEAKS, NOTHING, PRIVACY_COLUMNS, PROOF, UNJUDGED
from genodiff.tables.read import mean_over_classifiers, read_long
from genodiff.tables.size import SIZE_COLUMNS
from genodiff.tables.table1 import DIFFERENCE_COLUMNS
from genodiff.tables.table1 import LONG_COLUMNS as TABLE1_COLUMNS
from genodiff.tables.write import cell

_FORMS = {
    COMPONENTS: "Synthetic individuals as components, as they are drawn.",
    GENOTYPES: "Synthetic individuals as genotypes, decoded and encoded again.",
}
_CONSIST = ("consists", "consist")
# The kind of generator that knows the distribution of each feature and nothing else.
_FLOOR = "independent"


@dataclass(frozen=True)
class Sources:
    """Paths of the files that the report is made of."""

    table1: str
    differences: str
    table2: str
    table3: str
    privacy: str
    figures: Sequence[str]
    layout: str
    split: str
    quality: str
    inputs: str
    relatives: str
    decoding: str
    models: Sequence[str]
    logs: str
    benchmarks: str
    sizes: str | None = None
    fidelity: str | None = None
    release_size: str | None = None
    denoising: str | None = None
    splits: str | None = None
    split_differences: str | None = None

    def tables(self) -> list[str]:
        """The tables that the report offers as files."""
        own = self.table1, self.differences, self.table2, self.table3, self.privacy, self.decoding
        some = self.fidelity, self.release_size, self.denoising, self.sizes
        some += self.splits, self.split_differences
        return [*own, *filter(None, some)]


def content(
    sources: Sources, config: dict[str, Any], generators: dict[str, dict[str, dict[str, Any]]],
    classifiers: dict[str, str], commit: str,
) -> dict[str, Any]:  # fmt: skip
    """The template's variables. `generators`: for each form of datasets, that of the verdicts first, the
    entries with title and kind by key of the dataset, in order; `commit`: git's, or empty."""
    headline, *_ = generators.values()
    real_individuals = config["report"]["real_individuals"]
    figures = embedded(list(sources.figures), real_individuals)
    layout = Layout.read(sources.layout)
    long = (
        read_long(sources.table1, TABLE1_COLUMNS), read_long(sources.differences, DIFFERENCE_COLUMNS),
        *(read_long(path, LONG_COLUMNS) for path in (sources.table2, sources.table3)),
    )  # fmt: skip
    privacy = read_long(sources.privacy, PRIVACY_COLUMNS)
    chance = 1 / len(layout.classes)
    classes, individuals = individuals_table(sources.split, layout.classes)
    labelled = sum(sum(row[:-1]) for _, row in individuals)
    printed, reason = paper.printed(labelled, len(layout.genes), len(layout.classes))
    fidelity = read_long(sources.fidelity, FIDELITY_COLUMNS) if sources.fidelity else None
    judged = verdicts.verdicts(long[0], long[3], privacy, fidelity, headline, chance)
    inputs, relatives = input_facts(sources.inputs), read_relatives(sources.relatives)
    decoding = read_decoding(sources.decoding)
    warnings = [
        components_warning(
            verdicts.leaking_components(privacy, long[3], judged, generators.get(COMPONENTS, {}))
        ),
        decoding_warning(decoding),
        batch_warning(long[0], chance),
        relatives_warning(relatives, inputs["family_column"]),
    ]
    numbers = {
        "individuals": labelled, "snps": int(decoding["snps"].max()), "genes": len(layout.genes),
    }  # fmt: skip
    paragraphs, cited = methods(config, generators_by_name(headline), numbers)
    return {
        **_first_page(config, individuals, privacy, headline),
        **_cohort_facts(sources, layout, inputs, relatives, decoding),
        **_run_facts(sources, config, headline),
        "commit": commit,
        "verdicts": judged,
        "snps": numbers["snps"],
        "methods": paragraphs,
        "cited": cited,
        "summary": [*summary(judged), *filter(None, warnings)],
        "rules": verdicts,
        "references": REFERENCES,
        "tables": all_tables(generators, long, classifiers, printed, config["comparison"]),
        "memorisation": memorisation(sources.denoising, headline),
        "splits": splits_tables(sources.splits, headline),
        "fidelity": fidelity_tables(sources.fidelity, generators.get(GENOTYPES)),
        "form": _FORMS[next(iter(generators))],
        "not_comparable": reason,
        "printed": printed,
        "privacy": attack_table(privacy, headline),
        "copies": f"{config['comparison']['planted_share']:.0%}",
        "sizes": size_rows(sources.sizes, generators_by_name(headline)),
        "figures": figures,
        "real_points": sum(real_individuals and name in WITH_REAL_POINTS for name in figures),
        "terms": TERMS,
        "files": {Path(path).name: data_uri(Path(path)) for path in sources.tables()},
        "classes": classes,
        "individuals": individuals,
    }


def _first_page(
    config: dict[str, Any], individuals: list[tuple[str, list[int]]], privacy: pd.DataFrame,
    headline: dict[str, dict[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """What is made of whom, in numbers, and what is to be released."""
    made = {name: sum(row) for name, row in individuals}
    return {
        "released": set(config["release"]),
        # Generators are fitted to them too; attacks need a label.
        "unlabelled": made.get("unlabelled", 0),
        "simulated": config["cohort"]["source"] == "simulate",
        "made": made,
        "largest": int(privacy.loc[privacy["dataset"].isin(list(headline)), "synthetic"].max()),
    }


def shown_config(config: dict[str, Any], headline: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The settings that this run used; absolute paths are cut down to the names of files."""
    entries = config.get("generators", {})
    own = {name: entries[name] for name in generators_by_name(headline) if name in entries}
    used = dict(config) | ({"generators": own} if entries else {})
    for part in ("augmentation", "labels"):
        if not used.get(part, {}).get("enabled", True):
            used[part] = {"enabled": False}
    if used.get("cohort", {}).get("source") != "simulate":
        used["cohort"] = {key: x for key, x in used["cohort"].items() if key != "simulate"}
    return _without_folders({key: value for key, value in used.items() if value not in (None, [], {})})


def _without_folders(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_folders(own) for key, own in value.items()}
    if isinstance(value, list):
        return [_without_folders(own) for own in value]
    if isinstance(value, str) and PurePath(value).is_absolute():
        return f"…/{PurePath(value).name}"
    return value


def all_tables(generators: dict[str, dict[str, dict[str, Any]]], *more: Any) -> list[Table]:
    """Tables 1 to 3 of each form; `more` as in `form_tables`."""
    return [table for form, own in generators.items() for table in form_tables(form, own, *more)]


def form_tables(
    form: str, entries: dict[str, dict[str, Any]], long: tuple[pd.DataFrame, ...],
    classifiers: dict[str, str], printed: paper.Printed | None, comparison: dict[str, Any],
) -> list[Table]:  # fmt: skip
    """Tables 1 to 3 of the datasets in one form, from table1.long.tsv, table1.differences.tsv,
    table2.long.tsv and table3.long.tsv; printed numbers are those of components."""
    shown = printed if form == COMPONENTS else None
    paper1, paper2, paper3 = (shown and (shown.table1, shown.table2, shown.table3)) or [None] * 3
    found = [
        table1(long[0], long[1], entries, classifiers, paper1),
        table2(long[2], entries, paper2, comparison["nearest"]),
        table3(long[3], entries, paper3),
    ]
    for table in found:
        table.caption += f" {_FORMS[form]}"
        for headings, _ in table.rows:
            if shown and headings[0] == PRINTED:
                headings[0] = shown.row
    return found


def memorisation(path: str | None, headline: dict[str, dict[str, Any]]) -> list[Table]:
    """The table of memorisation by networks, where any was trained."""
    if path is None:
        return []
    return [gap_table(read_long(path, DENOISING_COLUMNS), generators_by_name(headline))]


def generators_by_name(entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Entries by the name of their generator instead of the key of their dataset; the first dataset of
    each."""
    found: dict[str, dict[str, Any]] = {}
    for key, entry in entries.items():
        found.setdefault(Dataset.parse(key).generator, entry)
    return found


def summary(judged: list[verdicts.Verdict]) -> list[str]:
    """The first paragraph, sentence by sentence."""
    warning = privacy_sentences(judged)
    ours = [v for v in judged if v.kind not in REFERENCES and v.recovery == v.recovery]
    if not ours:
        why = "The usefulness of no generator could be determined; the verdicts give the reasons."
        return [why, *warning]
    best = max(ours, key=lambda v: v.recovery)
    sentences = [
        f"{best.title} has the highest recovery of {len(ours)} generator{'s' * (len(ours) > 1)} "
        f"(references excluded). {best.useful.why}"
    ]
    close = [v.title for v in ours if v.close.tone == "good"]
    sentences += [f"Close to the real individuals: {_listed(close)}.", *warning]
    floor = next((v for v in judged if v.kind == _FLOOR), None)
    if floor is not None and floor.recovery >= best.recovery:
        sentences.append(
            f"The reference {floor.title}, which resamples each feature independently, has a recovery "
            f"of {floor.recovery:.0%}: none of these generators is shown to be more useful than the "
            "distributions of single features."
        )
    return sentences


def privacy_sentences(judged: list[verdicts.Verdict]) -> list[str]:
    """The generators of each state of the verdict on privacy, references too, the worst state first."""
    after = {NOTHING: ", which is no proof of privacy"}
    found = []
    unseen = [v.title for v in judged if v.kind in COPYING and not v.found]
    if unseen:
        after[NOTHING] += (
            f" (nor do these attacks find anything in {_listed(unseen)}, which "
            f"{_CONSIST[len(unseen) > 1]} of copied parts)"
        )
    for state in (LEAKS, COPIES, UNJUDGED, NOTHING, PROOF):
        names = [v.title for v in judged if v.private.word == state.word]
        if names:
            word = state.word[0].upper() + state.word[1:]
            found.append(f"Privacy: {word}{after.get(state, '')}: {_listed(names)}.")
    return found


def components_warning(names: list[str]) -> str:
    """A sentence on generators that leak as components only; empty if there are none."""
    if not names:
        return ""
    return (
        f"Warning: in the components of {_listed(names)}, before they are decoded, attacks find "
        "training individuals that they do not find in the genotypes. Hand out no tensor file "
        "(.parquet) of the results; the verdicts are about genotypes."
    )


def _listed(names: list[str]) -> str:
    if not names:
        return "none of them"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def size_rows(path: str | None, generators: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Multiples, and for each dataset the accuracy in percent at each of them."""
    if path is None:
        return None
    table = read_long(path, SIZE_COLUMNS)
    each = mean_over_classifiers(table, ["dataset", "multiple"], ["accuracy"])
    multiples = sorted(each["multiple"].unique())
    rows = []
    titles = {REAL: REAL_TITLE} | {name: entry["title"] for name, entry in generators.items()}
    for name, title in titles.items():
        own = each[each["dataset"] == name]
        if len(own):
            cells = [cell(100 * own.loc[own["multiple"] == m, "accuracy"], 1) for m in multiples]
            rows.append((title, ["" if text == "NA" else text for text in cells]))
    classifiers = sorted(table["classifier"].unique())
    return {"multiples": [f"{m:g}×" for m in multiples], "rows": rows, "classifiers": classifiers}


def _cohort_facts(
    sources: Sources, layout: Layout, inputs: dict[str, Any], relatives: dict[str, Any],
    decoding: pd.DataFrame,
) -> dict[str, Any]:  # fmt: skip
    """What was read, and what is left of it in the features."""
    return {
        "quality": quality_rows(sources.quality),
        "inputs": inputs,
        "relatives": relatives_line(relatives),
        "test_set": size_line(inputs["test"]),
        "decoding": decoding_rows(decoding),
        "genes": len(layout.genes),
        "features": int(layout.mask().sum()),
        "chromosomes": len(sources.models),
        "variance": variance_facts(list(sources.models)),
    }


def _run_facts(
    sources: Sources, config: dict[str, Any], headline: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """With which settings and software, and how long it took."""
    wall, jobs = wall_time(sources.logs), job_times(sources.benchmarks)
    return {
        "config": yaml.safe_dump(shown_config(config, headline), sort_keys=False, allow_unicode=True),
        "seeds": config["seeds"],
        "versions": versions(),
        "wall": duration(wall) if wall is not None else "unknown",
        "jobs": [row | {"time": duration(row["seconds"])} for row in jobs],
        "job_time": duration(sum(row["seconds"] for row in jobs)),
    }
