"""Keys that contradict each other, and the chromosomes of a configuration."""

import pysam
import pytest

from genodiff.runtime.errors import InputError
from genodiff.workflow.config import check, chromosomes, make_paths_absolute


def _put(config, path, value):
    *way, last = path.split("/")
    for key in way:
        config = config[key]
    config[last] = value


# Of a user's own cohort.
FILES = {"cohort/vcf": "a.vcf.gz", "cohort/phenotypes": "p.tsv", "cohort/genes": "g.bed"}
# Settings to change; the key that the one message names first, and words that it holds besides.
PROBLEMS = {
    "causal": (
        {"cohort/simulate/causal_genes": 129},
        ["cohort.simulate.causal_genes", "more than cohort.simulate.genes"],
    ),
    "chromosomes": (
        {"cohort/simulate/genes": 64, "cohort/simulate/chromosomes": 65},
        ["cohort.simulate.chromosomes", "more than cohort.simulate.genes"],
    ),
    "snps": ({"cohort/simulate/snps_per_gene": [9, 8]}, ["cohort.simulate.snps_per_gene", "fewest"]),
    "shares": (
        {"cohort/simulate/dominance_share": 0.6, "cohort/simulate/interaction_share": 0.5},
        ["cohort.simulate", "dominance_share", "interaction_share", "more than 1"],
    ),
    "gene sizes": (
        {"features/min_snps": 9, "features/max_snps": 3},
        ["features.min_snps", "9 is above max_snps, 3"],
    ),
    "halving": (
        {"features/pad_genes_to": 48, "backbones": ["unet_cnn"]},
        ["features.pad_genes_to", "48", "multiple of 128", "unet_cnn", "8 multipliers"],
    ),
    "halving inside": (
        {
            "features/pad_genes_to": 16,
            "backbones": ["unet_cnn", "mlp_cnn"],
            "backbone_settings/unet_cnn/multipliers": [1, 2],
        },
        ["features.pad_genes_to", "16", "multiple of 128", "mlp_cnn", "8 multipliers"],
    ),
    "tokens": (
        {"backbone_settings/transformer/genes_per_token": 24},
        ["features.pad_genes_to", "2048", "backbone_settings.transformer.genes_per_token, 24"],
    ),
    "classifier tokens": (
        {"classifier_settings/transformer/genes_per_token": 3},
        ["features.pad_genes_to", "2048", "classifier_settings.transformer.genes_per_token, 3"],
    ),
    "heads": (
        {"backbone_settings/transformer/heads": 5},
        ["backbone_settings.transformer.width", "384", "heads"],
    ),
    "classifier heads": (
        {"classifier_settings/transformer/width": 100},
        ["classifier_settings.transformer.width", "100", "heads"],
    ),
    "schedule": (
        {"diffusion": {"recipe": "paper", "schedule": {"offset": 0.1}}},
        ["diffusion.schedule", "offset", "'linear'"],
    ),
    "betas": (
        {"diffusion": {"recipe": "paper", "schedule": {"beta_start": 0.5}}},
        ["diffusion.schedule", "beta_start", "larger than beta_end"],
    ),
    # A quarter of the paper's steps with its betas: sqrt(alpha_bar) is exp(-250 * 0.01 / 2) = 28%.
    "signal left": (
        {"diffusion": {"recipe": "paper", "schedule": {"steps": 250}}},
        ["diffusion.schedule", "28% of the signal", "beta_end (about 0.08 for 250 steps)"],
    ),
    "sampler steps": (
        {"diffusion": {"recipe": "paper", "sampler_steps": 1001}},
        ["diffusion.sampler_steps", "1001", "diffusion.schedule.steps", "1000"],
    ),
    "sampler steps of another schedule": (
        {"diffusion": {"recipe": "paper", "sampler_steps": 501, "schedule": {"name": "cosine"}}},
        ["diffusion.sampler_steps", "501", "diffusion.schedule.steps", "500"],
    ),
    "eta": (
        {"diffusion": {"recipe": "paper", "eta": 0.5}},
        ["diffusion.eta", "diffusion.sampler is ancestral"],
    ),
    "mix": (
        {"synthetic/label_mix": {"case": 0, "control": 0}},
        ["synthetic.label_mix", "all zero"],
    ),
    "real": ({"datasets": {"real": "x.parquet"}}, ["datasets.real", "built-in"]),
    "dataset": ({"datasets": {"baseline": "x.parquet"}}, ["datasets.baseline", "built-in"]),
    "reference": ({"datasets": {"mosaic": "x.parquet"}}, ["datasets.mosaic", "built-in"]),
    "title of a backbone": ({"datasets": {"CNN": "x.parquet"}}, ["datasets.CNN", "built-in"]),
    "title of a reference": ({"datasets": {"Gaussian": "x"}}, ["datasets.Gaussian", "built-in"]),
    "title of the real individuals": (
        {"datasets": {"Real": "x.parquet"}},
        ["datasets.Real", "built-in"],
    ),
    "batch only": (
        {"datasets": {"batch_baseline": "x.parquet"}},
        ["datasets.batch_baseline", "built-in"],
    ),
    "batches to balance": (
        {"split/balance_batches": True},
        ["split.balance_batches", "needs the column of batches, cohort.batch_column"],
    ),
    "simulated batches": (
        {"cohort/batch_column": "batch"},
        ["cohort.batch_column", "a simulated cohort has no batches"],
    ),
    "label of samples": (
        {"cohort/source": "vcf", "cohort/label_column": "sample"} | FILES,
        ["cohort.label_column", "'sample' is cohort.sample_column too"],
    ),
    "families of labels": (
        {"cohort/source": "vcf", "cohort/family_column": "phenotype"} | FILES,
        ["cohort.family_column", "'phenotype' is cohort.label_column too"],
    ),
    "batches of labels": (
        {"cohort/source": "vcf", "cohort/batch_column": "phenotype"} | FILES,
        ["cohort.batch_column", "'phenotype' is cohort.label_column too"],
    ),
    "batches of samples": (
        {"cohort/source": "vcf", "cohort/batch_column": "sample"} | FILES,
        ["cohort.batch_column", "'sample' is cohort.sample_column too"],
    ),
    "simulated label": (
        {"cohort/label_column": "status"},
        ["cohort.label_column", "'status' is not in the table of individuals", "sample, phenotype"],
    ),
    "simulated families": (
        {"cohort/family_column": "family"},
        ["cohort.family_column", "'family' is not in the table of individuals", "sample, phenotype"],
    ),
    "families of the panel": (
        {"cohort/source": "1kg", "cohort/label_column": "population", "cohort/family_column": "family"},
        ["cohort.family_column", "'family' is not in the table of individuals", "superpopulation, sex"],
    ),
    "batches of the panel": (
        {"cohort/source": "1kg", "cohort/batch_column": "batch"},
        ["cohort.batch_column", "'batch' is not in the table of individuals", "superpopulation, sex"],
    ),
    "null": ({"datasets": {"null": "x.parquet"}}, ["datasets.null", "built-in"]),
    "control": ({"datasets": {"planted": "x.parquet"}}, ["datasets.planted", "built-in"]),
    # Also where the generator of that name is not among those of this configuration.
    "unused reference": (
        {"datasets": {"independent": "x.parquet"}, "references": []},
        ["datasets.independent", "built-in"],
    ),
    "two amounts": (
        {"synthetic/individuals": 100, "synthetic/multiple": 2},
        ["synthetic", "individuals and multiple", "give one of them"],
    ),
    "augmentation classifier": (
        {
            "augmentation/enabled": True,
            "augmentation/classifiers": ["mlp"],
            "classifiers": ["cnn"],
        },
        ["augmentation.classifiers", "mlp is not among `classifiers`"],
    ),
    "size classifier": (
        {"size/classifiers": ["mlp", "cnn"], "classifiers": ["mlp", "transformer"]},
        ["size.classifiers", "cnn is not among `classifiers`"],
    ),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_check__raises_on_keys_that_contradict_each_other(defaults, problem):
    changes, (key, *words) = PROBLEMS[problem]
    for path, value in changes.items():
        _put(defaults, path, value)
    with pytest.raises(InputError) as raised:
        check(defaults)
    first, *problems = str(raised.value).splitlines()
    assert first == "the configuration is not usable:"
    assert len(problems) == 1
    assert problems[0].startswith(f"  {key}: ")
    assert [word for word in words if word not in problems[0]] == []


def test_check__defaults_are_consistent(defaults):
    check(defaults)


@pytest.mark.parametrize("present", [set(), {"vcf"}, {"phenotypes", "genes"}])
def test_check__vcf_cohort_needs_its_files(fill, present):
    cohort = {"source": "vcf"} | dict.fromkeys(present, "path")
    with pytest.raises(InputError) as raised:
        check(fill({"cohort": cohort}))
    for key in ("vcf", "phenotypes", "genes"):
        named = f"cohort.{key}: needed when cohort.source is vcf" in str(raised.value)
        assert named == (key not in present)


@pytest.mark.parametrize(
    "columns",
    [
        {"family_column": "sample"},
        {"family_column": "site", "batch_column": "site"},
        {"label_column": "site", "family_column": "home", "batch_column": "chip"},
    ],
)
def test_check__columns_that_may_be_right(defaults, columns):
    defaults["cohort"] |= {"source": "vcf", "vcf": "a", "phenotypes": "b", "genes": "c"} | columns
    check(defaults)


@pytest.mark.parametrize(
    ("label", "batch"),
    [("population", "superpopulation"), ("pop", "superpopulation"), ("super_pop", "sex"), ("sex", None)],
)
def test_check__the_panel_has_labels_by_several_names(defaults, label, batch):
    defaults["cohort"] |= {"source": "1kg", "label_column": label, "batch_column": batch}
    check(defaults)


@pytest.mark.parametrize(
    ("label", "batch"),
    [("super_pop", "superpopulation"), ("pop", "population"), ("phenotype", "population")],
)
def test_check__a_batch_that_is_the_label_by_another_name(defaults, label, batch):
    defaults["cohort"] |= {"source": "1kg", "label_column": label, "batch_column": batch}
    with pytest.raises(InputError, match=f"batch_column: '{batch}' is cohort.label_column too"):
        check(defaults)


def test_check__a_table_of_ones_own_may_have_other_columns_than_the_panel(defaults):
    own = {"source": "1kg", "phenotypes": "p.tsv", "label_column": "eyes", "family_column": "family"}
    defaults["cohort"] |= own
    check(defaults)


def test_check__vcf_cohort_is_not_judged_by_simulation_settings(defaults):
    defaults["cohort"] |= {"source": "vcf", "vcf": "a", "phenotypes": "b", "genes": "c"}
    defaults["cohort"]["simulate"]["causal_genes"] = 10_000
    check(defaults)


def test_check__names_all_problems_at_once(defaults):
    for name in ("causal", "heads", "betas", "real"):
        for path, value in PROBLEMS[name][0].items():
            _put(defaults, path, value)
    with pytest.raises(InputError) as raised:
        check(defaults)
    for name in ("causal", "heads", "betas", "real"):
        assert f"\n  {PROBLEMS[name][1][0]}: " in str(raised.value)


def test_check__what_is_not_used_may_be_wrong(defaults):
    defaults["backbones"], defaults["classifiers"] = ["baseline"], ["mlp"]
    defaults["features"]["pad_genes_to"] = 7
    check(defaults)


def test_check__size_classifiers_do_not_count_where_there_are_no_sizes(defaults):
    defaults["size"] |= {"multiples": [], "classifiers": ["cnn"]}
    defaults["classifiers"] = ["mlp"]
    check(defaults)


@pytest.mark.parametrize(
    "amount", [{"individuals": 100}, {"multiple": 2.5}, {"individuals": 100, "multiple": 1}]
)
def test_check__one_amount_is_enough(defaults, amount):
    defaults["synthetic"] |= amount
    check(defaults)


@pytest.mark.parametrize(
    "own",
    [
        {"sampler_steps": 1000},
        {"sampler_steps": None},
        {"sampler": "ddim", "eta": 1, "sampler_steps": 1},
    ],
)
def test_check__sampler_settings_that_go_together(defaults, own):
    defaults["diffusion"] |= own
    check(defaults)


def test_check__datasets_may_have_names_of_their_own(defaults):
    defaults["datasets"] = {"gaussian2": "a.parquet", "cnn": "b.parquet", "wgan": "c.parquet"}
    check(defaults)


def test_chromosomes__of_a_simulated_cohort(defaults):
    defaults["cohort"]["simulate"]["chromosomes"] = 3
    assert chromosomes(defaults) == ["1", "2", "3"]


def write_indexed(path):
    """A VCF without records, bgzipped and indexed."""
    with pysam.BGZFile(str(path), "w") as out:
        out.write(b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n")
    pysam.tabix_index(str(path), preset="vcf", keep_original=True)


def test_chromosomes__raises_on_a_file_without_index_before_any_job(tmp_path):
    path = tmp_path / "c1.vcf.gz"
    write_indexed(path)
    (tmp_path / "c1.vcf.gz.tbi").unlink()
    cohort = {"source": "vcf", "vcf": f"{tmp_path}/c{{chrom}}.vcf.gz"}
    with pytest.raises(InputError, match=r"c1\.vcf\.gz: no index"):
        chromosomes({"cohort": cohort})


def test_chromosomes__of_a_vcf_cohort_are_looked_for(tmp_path):
    for name in ("chr10", "chr2", "chrX"):
        write_indexed(tmp_path / f"cohort.{name}.vcf.gz")
    cohort = {"source": "vcf", "vcf": f"{tmp_path}/cohort.{{chrom}}.vcf.gz"}
    assert chromosomes({"cohort": cohort}) == ["chr2", "chr10", "chrX"]
    assert chromosomes({"cohort": cohort | {"chromosomes": ["chrX"]}}) == ["chrX"]
    with pytest.raises(InputError, match=r"no file .* for chromosome chr3"):
        chromosomes({"cohort": cohort | {"chromosomes": ["chr3"]}})


def test_make_paths_absolute__files_of_the_user_and_none_of_the_workflow(fill, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cohort = {"source": "plink1", "plink1": "in/chr{chrom}.bed", "genes": "../genes.bed"}
    projections = {
        "other": {"source": "vcf", "path": "resultset/o.bcf", "phenotypes": "o.tsv"},
        "bare": {"source": "vcf", "path": "/far/b.bcf"},
    }
    datasets = {"theirs": "theirs.parquet", "other": "./results/projected/other.parquet"}
    config = fill({"cohort": cohort, "projections": projections, "datasets": datasets})
    make_paths_absolute(config)
    assert config["cohort"]["plink1"] == f"{tmp_path}/in/chr{{chrom}}.bed"
    assert config["cohort"]["genes"] == f"{tmp_path.parent}/genes.bed"
    assert "phenotypes" not in config["cohort"]
    assert config["projections"]["other"]["path"] == f"{tmp_path}/resultset/o.bcf"
    assert config["projections"]["other"]["phenotypes"] == f"{tmp_path}/o.tsv"
    assert config["projections"]["bare"] == projections["bare"] | {"phenotypes": None}
    assert config["datasets"] == datasets | {"theirs": f"{tmp_path}/theirs.parquet"}
    assert config["results"] == "results"
