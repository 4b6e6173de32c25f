"""A small finished run, by hand: all that the report reads."""

import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from genodiff.evaluation.attacks import ATTACKS, STRONGEST
from genodiff.formats.decoding import COLUMNS
from genodiff.formats.gene_pca import write_gene_pca
from genodiff.formats.split import write_split
from genodiff.formats.tensors import GeneFeatures, Layout
from genodiff.qc.counts import Tally, write_counts
from genodiff.qc.table import write_qc_table
from genodiff.report.content import Sources
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import PRIVACY_COLUMNS
from genodiff.tables.size import SIZE_COLUMNS
from genodiff.tables.table1 import DIFFERENCE_COLUMNS
from genodiff.tables.table1 import LONG_COLUMNS as TABLE1_COLUMNS
from genodiff.workflow import settings

GENERATORS = {
    "unet_mlp": {"title": "MLP", "kind": "diffusion"},
    "unet_cnn": {"title": "CNN", "kind": "diffusion"},
    "copies": {"title": "Mosaic", "kind": "mosaic"},  # a kind is none of a name
    "theirs": {"title": "<script>alert('x')</script>", "kind": "external"},
}
ACCURACY = {"real": 0.8, "unet_mlp": 0.75, "unet_cnn": 0.51, "copies": 0.79, "theirs": 0.65}
CLOSENESS = {"null": (0.5, 0.49), "unet_mlp": (0.1, 0.99), "unet_cnn": (0.55, 0.52)}
CONTROLS = ("null", "planted", "planted_few", "noised")
# Of the strongest attack, which is the first one; all others have 0.5.
AUC = {"planted": 0.55, "unet_mlp": 0.62, "unet_cnn": 0.51}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><circle r="50"/></svg>'


def table1_rows():
    """Rows of table1.long.tsv of one seed."""
    rows = [
        [name, c, 0, 100, 400, value, 0.02, value - 0.04, value + 0.04, value, value, 1, 1]
        for name, value in ACCURACY.items()
        for c in ("mlp", "cnn")
    ]
    return pd.DataFrame(rows, columns=TABLE1_COLUMNS)


def difference_rows(accuracy=ACCURACY, classifiers=("mlp", "cnn"), se=0.02):
    """Rows of table1.differences.tsv: p is .01 where they are above two `se`, else .5."""
    rows = []
    for one, other in combinations(accuracy, 2):
        difference = accuracy[one] - accuracy[other]
        p = 0.01 if abs(difference) > 2 * se else 0.5
        ends = difference - 2 * se, difference + 2 * se
        rows += [[one, other, c, 1, 400, difference, se, *ends, p] for c in (*classifiers, "average")]
    return pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)


def closeness_rows():
    """Rows of table2.long.tsv and table3.long.tsv together."""
    rows = []
    for name in ("null", *GENERATORS):
        truth, syn = CLOSENESS.get(name, (0.8, 0.5))
        values = {"nn_share": truth, "aa_truth": truth, "aa_syn": syn, "aa_ts": (truth + syn) / 2}
        for against in ("train", "test", "train_as_test"):
            n, repeats = (100, 1) if against == "train" else (40, 10)
            rows += [[name, against, m, 0, n, repeats, v, 0.02, 0.01] for m, v in values.items()]
        rows.append([name, "both", "privacy_loss", 0, 40, 10, 0.01, 0.03, 0.01])
    return pd.DataFrame(rows, columns=LONG_COLUMNS)


def attack_row(dataset, attack, auc=0.5, half=0.03, rate=0.01, chance=1.0, seed=0):
    """A row of privacy.tsv; `half` the width of the AUC's interval, `rate` the true-positive rate at 1%
    false positives, `chance` its probability."""
    rates = {
        f"{name}{end}": value + shift
        for name, value in {"tpr_01": 0.001, "tpr_1": rate, "tpr_10": 0.1}.items()
        for end, shift in {"": 0, "_low": -0.001, "_high": 0.002}.items()
    }
    sizes = {"references": 40, "synthetic": 100 + 10 * (dataset == "planted"), "turns": 2}
    return {
        "dataset": dataset, "seed": seed, "attack": attack, **sizes, "members": 60, "non_members": 40,
        "auc": auc, "auc_low": auc - half, "auc_high": auc + half, **rates, "chance": chance,
        "chosen": next(iter(ATTACKS)) if attack == STRONGEST else "NA", "auc_bound": np.nan,
        **dict.fromkeys(("copied_training", "copied_test"), 0 if attack == "nearest" else np.nan),
        "right_members": np.nan, "right_others": np.nan,
    }  # fmt: skip


def privacy_rows():
    """Rows of privacy.tsv: only the first attack finds copies, all of them in the control."""
    first = (next(iter(ATTACKS)), STRONGEST)
    rows = [
        attack_row(
            name, attack, AUC.get(name, 0.5) if attack in first else 0.5,
            **{"rate": 0.1, "chance": 1e-9} if name == "planted" and attack in first else {},
        )
        for name in (*CONTROLS, *GENERATORS)
        for attack in (*ATTACKS, STRONGEST)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=PRIVACY_COLUMNS)


def decoding_rows(exact=0.96):
    """Rows of decoding.tsv."""
    rows = [
        [name, chosen, sets, 40, 1234, 49360, share, 0.9, 0.0123, 0.987, np.nan, 0.6, 0.7]
        for name, chosen, share in (("round", "no", 0.5), ("thresholds", "yes", exact))
        for sets in ("training", "test")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass
class Run:
    """A finished run: its folder, and the arguments of the report."""

    folder: Path
    sources: Sources
    config: dict
    generators: dict
    classifiers: dict


def finished_run(tmp_path):
    """Files, in a folder, of a run with four generators, two classes and three genes."""

    def tsv(name, table):
        table.to_csv(tmp_path / name, sep="\t", index=False, na_rep="NA")
        return str(tmp_path / name)

    layout = Layout(
        [GeneFeatures(f"G{i}", "1", 3, [0.0] * 2, [1.0] * 2) for i in range(3)],
        4,
        2,
        ["case", "control"],
    )
    layout.write(tmp_path / "layout.json")
    individuals = [("train", "case", 30), ("train", "control", 70), ("validation", "case", 5),
              ("validation", "control", 15), ("test", "case", 20), ("test", "control", 20),
              ("unlabelled", None, 7)]  # fmt: skip
    split = [(label, name) for name, label, n in individuals for _ in range(n)]
    split = pd.DataFrame(split, columns=["label", "set"]).assign(
        sample=[f"SECRET{i}" for i in range(len(split))]
    )
    write_split(tmp_path / "split.tsv", split)
    tally = Tally()
    tally.add("individual", "not_in_phenotypes", "SECRET7")
    tally.add("call", "unknown_allele", "1:5 SECRET3")
    tally.add("record", "kept", None, 12345)
    tally.add("record", "multiallelic", "1:5550", 7)
    tally.add("gene", "without_snps", "<b>G9")
    write_counts(tmp_path / "1.counts.tsv", {"1": tally})
    write_qc_table(counts=[tmp_path / "1.counts.tsv"], output=tmp_path / "qc.tsv")
    facts = {"source": "plink1", "build": "GRCh37", "family_column": None, "control": "control"}
    facts["test"] = {"individuals": 40, "accuracy": 0.31, "auc": 0.61}
    (tmp_path / "inputs.json").write_text(json.dumps(facts))
    relatives = {"pairs": 4000, "snps": 300, "limit": 0.0884, "related": 0, "listed": []}
    (tmp_path / "relatives.json").write_text(json.dumps(relatives))
    genes = [
        {
            "gene": f"G{i}", "chrom": "1", "pos": [1, 2], "id": ["."] * 2,
            "ref": ["A"] * 2, "alt": ["C"] * 2,
            "mean": [0.5, 0.5], "loadings": [[1.0, 0.0]], "explained_variance": [share],
            "total_variance": 1.0, "imputed_calls": 0, "score_mean": [0.0], "score_deviation": [1.0],
        }
        for i, share in enumerate((0.9, 0.995, 1.0))
    ]  # fmt: skip
    models = tmp_path / "1.models.parquet"
    pairs = ((gene, np.zeros((1, 2), np.float32)) for gene in genes)
    write_gene_pca(models, tmp_path / "1.scores.parquet", ["a", "b"], pairs)
    figures = []
    for name in ("figure3", "privacy"):
        (tmp_path / f"{name}.svg").write_text(SVG)
        (tmp_path / f"{name}.png").write_bytes(b"not looked at: the SVG is small" * 100)
        figures += [str(tmp_path / f"{name}.svg"), str(tmp_path / f"{name}.png")]
    for kind in ("logs", "benchmarks"):
        (tmp_path / kind / "train").mkdir(parents=True)
    (tmp_path / "logs/train/a.log").write_text(
        "2026-01-01 10:00:00,100 INFO start\n2026-01-01 10:05:30,000 INFO done\n"
    )
    (tmp_path / "benchmarks/train/a.tsv").write_text("s\th:m:s\tmax_rss\n90.5\t0:01:30\t512.25\n")
    close = closeness_rows()
    in_table2 = close["measure"] == "nn_share"
    size = [["real", "mlp", 0, 1.0, 100, 400, 0.8, 0.02, 0.7, 0.9],
            ["unet_mlp", "mlp", 0, 2.0, 200, 400, 0.7, 0.02, 0.6, 0.8]]  # fmt: skip
    sources = Sources(
        table1=tsv("table1.long.tsv", table1_rows()),
        differences=tsv("table1.differences.tsv", difference_rows()),
        table2=tsv("table2.long.tsv", close[in_table2]),
        table3=tsv("table3.long.tsv", close[~in_table2]), privacy=tsv("privacy.tsv", privacy_rows()),
        sizes=tsv("size.tsv", pd.DataFrame(size, columns=SIZE_COLUMNS)), figures=figures,
        layout=str(tmp_path / "layout.json"), split=str(tmp_path / "split.tsv"),
        quality=str(tmp_path / "qc.tsv"),
        inputs=str(tmp_path / "inputs.json"), relatives=str(tmp_path / "relatives.json"),
        decoding=tsv("decoding.tsv", decoding_rows()),
        models=[str(models)], logs=str(tmp_path / "logs"), benchmarks=str(tmp_path / "benchmarks"),
    )  # fmt: skip
    config = settings.load(
        {"cohort": {"source": "simulate"}, "run_generators": ["unet_mlp", "unet_cnn"]}
    )
    config["cohort"] = {"source": "vcf"}
    config["comparison"]["nearest"] = 7
    return Run(tmp_path, sources, config, dict(GENERATORS), {"mlp": "MLP", "cnn": "CNN"})
