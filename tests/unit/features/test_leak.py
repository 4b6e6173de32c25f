"""The leak test: only training individuals affect the parameters of the features.

The chain from VCF to tensors runs twice, with the genotypes of held-out individuals changed in between.
"""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from genodiff.formats.gene_pca import read_models
from genodiff.formats.genotypes import iter_genes
from genodiff.formats.tensors import Layout, read_individuals

INDIVIDUALS, SNPS = 60, 64
SAMPLES = [f"p{i}" for i in range(INDIVIDUALS)]
BED = "1\t0\t4\tA\n1\t4\t12\tB\n1\t12\t40\tC\n1\t30\t64\tD\n"


def make_split():
    sets = ["train", "train", "unlabelled", "train", "validation", "test"] * (INDIVIDUALS // 6)
    sets[0] = "excluded"
    labels = [None if s in ("unlabelled", "excluded") else "ba"[i % 2] for i, s in enumerate(sets)]
    return pd.DataFrame({"sample": SAMPLES, "label": pd.Series(labels, dtype=object), "set": sets})


def make_dosage():
    """Common SNPs, and every eighth one seen in held-out individuals only, or missing there only."""
    rng = np.random.default_rng(0)
    dosage = rng.binomial(2, rng.uniform(0.1, 0.9, (SNPS, 1)), (SNPS, INDIVIDUALS))
    held_out = make_split()["set"].isin(["validation", "test", "excluded"]).to_numpy()
    dosage[0::8, ~held_out] = 0
    dosage[1::8, held_out] = -1
    return dosage


def changed(names):
    """The dosages with every genotype of the individuals `names` another one."""
    dosage = make_dosage()
    columns = [SAMPLES.index(name) for name in names]
    own = dosage[:, columns]
    # 0 to missing to 2 to 1 to 0: calls appear and vanish, rare alleles too.
    dosage[:, columns] = np.select([own == 0, own == -1, own == 2], [-1, 2, 1], 0)
    assert (dosage[:, columns] != own).all()
    return dosage


@pytest.fixture(scope="module")
def run(tmp_path_factory, run_chain):
    def of(dosage):
        folder = tmp_path_factory.mktemp("leak") / "run"
        genotypes = {"1": (range(1, SNPS + 1), dosage)}
        return run_chain(folder, genotypes, BED, make_split(), SAMPLES, quality=(0.05, 0.0))

    return of


@pytest.fixture(scope="module")
def original(run):
    return run(make_dosage())


def fitted(chain):
    """What is fitted: SNPs with frequencies, PCA models, and the layout as text."""
    snps = [snps.to_pydict() for path in chain.matrices for snps, _ in iter_genes(path)]
    models = [model for path in chain.models for model in read_models(path)]
    for model in models:
        del model["imputed_calls"]  # a report about all individuals
    # Calls are counted of all individuals, as is what was imputed.
    counts = [line for line in chain.counts[0].read_text().splitlines() if "\tcall\t" not in line]
    return snps, models, counts, chain.layout.read_text()


def tensors(chain):
    """Each individual's tensor by (file, sample)."""
    layout = Layout.read(chain.layout)
    found = {}
    for name, path in chain.tensors.items():
        individuals = read_individuals(path, layout)
        found |= {
            (name, sample): x for sample, x in zip(individuals.samples, individuals.x, strict=True)
        }
    return found


def held_out(name, count):
    split = make_split()
    return split["sample"][split["set"] == name].tolist()[:count]


@pytest.mark.parametrize(
    ("name", "count"),
    [("test", 1), ("validation", 1), ("excluded", 1), ("test", 99), ("validation", 99)],
)
def test_held_out_individuals__shape_nothing_but_their_own_tensors(original, run, name, count):
    others = held_out(name, count)
    chain = run(changed(others))
    assert fitted(chain) == fitted(original)
    before, after = tensors(original), tensors(chain)
    assert list(before) == list(after)
    for key, x in before.items():
        same = np.array_equal(x, after[key])
        assert same == (key[1] not in others), key


def test_held_out_individuals__whole_train_file_is_the_same_to_the_byte(original, run):
    chain = run(changed(held_out("test", 99)))
    for name in ("train", "validation"):
        assert chain.tensors[name].read_bytes() == original.tensors[name].read_bytes()
    assert chain.tensors["test"].read_bytes() != original.tensors["test"].read_bytes()


@pytest.mark.parametrize("name", ["train", "unlabelled"])
def test_training_individuals__do_shape_the_fit(original, run, name):
    # The same comparison must be able to fail.
    chain = run(changed(held_out(name, 1)))
    for one, other in zip(fitted(chain), fitted(original), strict=True):
        assert one != other


def test_leak_data__has_snps_that_only_held_out_individuals_would_change(original):
    snps = pq.read_table(original.matrices[0])["pos"].to_pylist()
    assert not {p for p in snps if p % 8 == 1}  # monomorphic in training, common elsewhere
    assert {p for p in snps if p % 8 == 2}  # missing outside training only
