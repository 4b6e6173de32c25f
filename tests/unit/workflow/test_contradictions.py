"""Keys that contradict each other, although each is allowed by itself."""

import pytest

VCF = "cohort: {source: vcf, vcf: a.vcf.gz, phenotypes: p.tsv, genes: g.bed"
PANEL = "cohort: {source: 1kg"
# A configuration; the key that the one message names first, and words that it holds besides.
PROBLEMS = {
    "causal": ("cohort: {simulate: {causal_genes: 129}}",
        "cohort.simulate.causal_genes", ["more than cohort.simulate.genes"]),
    "chromosomes": ("cohort: {simulate: {genes: 20, causal_genes: 2}}",
        "cohort.simulate.chromosomes", ["more than cohort.simulate.genes"]),
    "snps": ("cohort: {simulate: {snps_per_gene: [9, 8]}}", "cohort.simulate.snps_per_gene", ["fewest"]),
    "shares": ("cohort: {simulate: {dominance_share: 0.6, interaction_share: 0.5}}",
        "cohort.simulate", ["dominance_share", "interaction_share", "more than 1"]),
    "gene sizes": ("features: {min_snps: 9, max_snps: 3}",
        "features.min_snps", ["9 is above max_snps, 3"]),
    "halving": ("{features: {pad_genes_to: 48}, run_generators: [unet_cnn]}",
        "features.pad_genes_to", ["48", "multiple of 128", "generators.unet_cnn.settings", "8 levels"]),
    "halving inside": (
        "{features: {pad_genes_to: 16}, run_generators: [unet_cnn, mlp_cnn],"
        " generators: {unet_cnn: {settings: {multipliers: [1, 2]}}}}",
        "features.pad_genes_to", ["16", "multiple of 128", "mlp_cnn.settings.unet_cnn", "8 levels"]),
    "own network": (
        "generators: {wide: {kind: diffusion, backbone: unet_cnn, settings: {multipliers:"
        " [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}}}",
        "features.pad_genes_to", ["2048", "multiple of 4096", "generators.wide.settings"]),
    "tokens": ("generators: {transformer: {settings: {genes_per_token: 24}}}",
        "features.pad_genes_to", ["2048", "generators.transformer.settings.genes_per_token, 24"]),
    "classifier tokens": ("classifier_settings: {transformer: {genes_per_token: 3}}",
        "features.pad_genes_to", ["2048", "classifier_settings.transformer.genes_per_token, 3"]),
    "heads": ("generators: {transformer: {settings: {heads: 5}}}",
        "generators.transformer.settings.width", ["384", "heads"]),
    "classifier heads": ("classifier_settings: {transformer: {width: 100}}",
        "classifier_settings.transformer.width", ["100", "heads"]),
    "schedule": ("diffusion: {schedule: {offset: 0.1}}",
        "diffusion.schedule", ["offset does not go with 'linear'"]),
    "own schedule": (
        "generators: {unet_mlp: {schedule: {name: cosine, beta_end: 0.1, beta_start: 0.1}}}",
        "generators.unet_mlp.schedule", ["beta_end, beta_start do not go with 'cosine'"]),
    "betas": ("diffusion: {schedule: {beta_start: 0.5}}",
        "diffusion.schedule", ["beta_start", "larger than beta_end"]),
    # A quarter of the paper's steps with its betas: sqrt(alpha_bar) is exp(-250 * 0.01 / 2) = 28%.
    "signal left": ("diffusion: {schedule: {steps: 250}}",
        "diffusion.schedule", ["28% of the signal", "beta_end (about 0.08 for 250 steps)"]),
    "own signal left": (
        "{diffusion: {recipe: best}, generators: {unet_mlp: {schedule: {name: linear, steps: 250}}}}",
        "generators.unet_mlp.schedule", ["28% of the signal"]),
    "sampler steps": ("diffusion: {sampler_steps: 1001}",
        "diffusion.sampler_steps", ["1001", "diffusion.schedule.steps", "1000"]),
    "sampler steps of another schedule": (
        "{diffusion: {schedule: {name: cosine}}, generators: {unet_mlp: {sampler_steps: 501}}}",
        "generators.unet_mlp.sampler_steps", ["501", "diffusion.schedule.steps", "500"]),
    "eta": ("diffusion: {eta: 0.5}", "diffusion.eta", ["diffusion.sampler is ancestral"]),
    "churn": ("diffusion: {sampler: ddim, churn: 1}",
        "diffusion.churn", ["diffusion.sampler is ddim"]),
    "own churn": (
        "{diffusion: {sampler: heun, churn: 1}, generators: {unet_mlp: {sampler: ancestral}}}",
        "diffusion.churn", ["generators.unet_mlp.sampler is ancestral"]),
    "grid of all steps": ("diffusion: {sampler_grid: karras}",
        "diffusion.sampler_grid", ["diffusion.sampler_steps", "all steps"]),
    "mix": ("synthetic: {label_mix: {case: 0, control: 0}}", "synthetic.label_mix", ["all zero"]),
    "two amounts": ("synthetic: {individuals: 100, multiple: 2}",
        "synthetic", ["individuals and multiple", "give one of them"]),
    "augmentation classifier": (
        "{augmentation: {enabled: true, classifiers: [mlp]}, classifiers: [cnn]}",
        "augmentation.classifiers", ["mlp is not among `classifiers`"]),
    "size classifier": ("{size: {classifiers: [mlp, cnn]}, classifiers: [mlp, transformer]}",
        "size.classifiers", ["cnn is not among `classifiers`"]),
    "augmentation of an external generator": (
        "{augmentation: {enabled: true, generators: [x]}, generators: {x: {kind: external, path: a}}}",
        "augmentation.generators", ["x is external"]),
    "labels of an external generator": (
        "{labels: {enabled: true, generators: [x]}, generators: {x: {kind: external, path: a}}}",
        "labels.generators", ["x is external"]),
    "tuning of what is not trained": ("tuning: {generators: [gaussian]}",
        "tuning.generators", ["gaussian is of kind gaussian", "only diffusion models"]),
    "unknown tuning": ("tuning: {generators: [unet_mpl]}",
        "tuning.generators[0]", ["'unet_mpl' is not known (did you mean 'unet_mlp'?)"]),
    "labels classifier": (
        "{labels: {enabled: true, classifiers: [mlp]}, classifiers: [cnn]}",
        "labels.classifiers", ["mlp is not among `classifiers`"]),
    "splits of external generators": (
        "{splits: 2, run_generators: [x], generators: {x: {kind: external, path: a}}}",
        "splits", ["individuals of external generators", "run_generators"]),
    "splits and own references": ("{splits: 3, privacy: {reference: a.parquet}}",
        "splits", ["privacy.reference has components of one split"]),
    "unknown generator": ("run_generators: [unet_mpl]",
        "run_generators[0]", ["'unet_mpl' is not known (did you mean 'unet_mlp'?)", "mlp_cnn, "]),
    "unknown labels": ("labels: {generators: [wgan]}",
        "labels.generators[0]", ["'wgan' is not known"]),
    "unknown augmentation": ("augmentation: {generators: [wgan]}",
        "augmentation.generators[0]", ["'wgan' is not known"]),
    "title twice": ("generators: {CNN: {kind: external, path: x.parquet}}",
        "generators.CNN.title", ["'CNN' is the title of unet_cnn too"]),
    "title of real individuals": ("generators: {mosaic: {title: Real}}",
        "generators.mosaic.title", ["'Real' is the title of a built-in dataset"]),
    "braces": ("generators: {x: {kind: external, path: 'x{chrom}.parquet'}}",
        "generators.x.path", ["'x{chrom}.parquet' contains {chrom}: did you mean {seed}?"]),
    "dashes": ("generators: {mosaic: {style: {dashes: [1]}}}",
        "generators.mosaic.style.dashes", ["a dash without a gap"]),
    "batches to balance": ("split: {balance_batches: true}",
        "split.balance_batches", ["needs the column of batches, cohort.batch_column"]),
    "simulated batches": ("cohort: {batch_column: batch}",
        "cohort.batch_column", ["a simulated cohort has no batches"]),
    "label of samples": (f"{VCF}, label_column: sample}}",
        "cohort.label_column", ["'sample' is cohort.sample_column too"]),
    "families of labels": (f"{VCF}, family_column: phenotype}}",
        "cohort.family_column", ["'phenotype' is cohort.label_column too"]),
    "batches of labels": (f"{VCF}, batch_column: phenotype}}",
        "cohort.batch_column", ["'phenotype' is cohort.label_column too"]),
    "batches of samples": (f"{VCF}, batch_column: sample}}",
        "cohort.batch_column", ["'sample' is cohort.sample_column too"]),
    "simulated label": ("cohort: {label_column: status}",
        "cohort.label_column", ["'status' is not in the table of individuals", "sample, phenotype"]),
    "simulated families": ("cohort: {family_column: family}",
        "cohort.family_column", ["'family' is not in the table of individuals", "sample, phenotype"]),
    "columns of simulated structure": ("cohort: {family_column: house, simulate: {structure: {}}}",
        "cohort.family_column", ["'house' is not in the table of individuals", "population, family"]),
    "families of the panel": (f"{PANEL}, family_column: family}}",
        "cohort.family_column", ["'family' is not in the table of individuals", "superpopulation, sex"]),
    "batches of the panel": (f"{PANEL}, batch_column: batch}}",
        "cohort.batch_column", ["'batch' is not in the table of individuals", "superpopulation, sex"]),
    # By another name of the panel's column.
    "batch that is the label": (f"{PANEL}, label_column: super_pop, batch_column: superpopulation}}",
        "cohort.batch_column", ["'superpopulation' is cohort.label_column too"]),
    "batch that is the default label": (f"{PANEL}, batch_column: population}}",
        "cohort.batch_column", ["'population' is cohort.label_column too"]),
    "another format": (f"{VCF}, plink1: a.bed}}",
        "cohort.plink1", ["not used when cohort.source is vcf"]),
    "proof without a panel": ("generators: {gaussian_dp: {run: true}}",
        "generators.gaussian_dp", ["private by proof only where", "features.basis", "simulate.panel"]),
    "proof with a panel of another source": ("{generators: {gaussian_dp: {run: true}}, cohort: {source: "
        "plink1, plink1: a.bed, genes: g.tsv, simulate: {panel: 100}}}",
        "generators.gaussian_dp", ["private by proof only where", "with a simulated cohort"]),
    "proof without exclusions": ("{generators: {gaussian_dp: {run: true}}, cohort: {simulate: "
        "{panel: 100}}, quality: {max_individual_missing: 0.1}}",
        "generators.gaussian_dp", ["quality.max_individual_missing excludes some by their calls"]),
    "proof without filters": ("{generators: {gaussian_dp: {run: true}}, cohort: {simulate: "
        "{panel: 100}}, quality: {passed_only: true}}",
        "generators.gaussian_dp", ["quality.passed_only leaves SNPs out"]),
    "proof of two releases": ("{generators: {gaussian_dp: {run: true}}, cohort: {simulate: "
        "{panel: 100}}, release: [gaussian_dp, transformer]}",
        "release.gaussian_dp", ["add up", "one seed"]),
    "proof of two seeds": ("{generators: {gaussian_dp: {run: true}}, cohort: {simulate: "
        "{panel: 100}}, release: [gaussian_dp], seeds: [0, 1]}",
        "release.gaussian_dp", ["add up"]),
    "two panels": ("{cohort: {simulate: {panel: 100}}, features: {basis: a}}",
        "features.basis", ["cohort.simulate.panel has a basis of its own"]),
    "panel with structure": ("cohort: {simulate: {panel: 100, structure: {}}}",
        "cohort.simulate.panel", ["a cohort with structure has none"]),
    "few of a panel": ("cohort: {simulate: {panel: 5}}",
        "cohort.simulate.panel", ["fewer than 40 individuals"]),
    "genes beside a panel": (f"{VCF}}}, features: {{basis: a}}".replace("cohort", "{cohort", 1) + "}",
        "cohort.genes", ["not used with features.basis"]),
    "no genes": ("cohort: {source: plink1, plink1: a.bed}",
        "cohort.genes", ["needed when cohort.source is plink1"]),
}  # fmt: skip


@pytest.mark.parametrize("problem", PROBLEMS)
def test_load__refuses_keys_that_contradict_each_other(refused, problem):
    text, key, words = PROBLEMS[problem]
    (line,) = refused(text)
    assert line.startswith(f"{key}: ")
    assert [word for word in words if word not in line] == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        f"{VCF}, family_column: sample}}",
        f"{VCF}, family_column: site, batch_column: site}}",
        f"{VCF}, label_column: site, family_column: home, batch_column: chip}}",
        f"{PANEL}, label_column: population, batch_column: superpopulation}}",
        f"{PANEL}, label_column: pop, batch_column: superpopulation}}",
        f"{PANEL}, label_column: super_pop, batch_column: sex}}",
        f"{PANEL}, label_column: sex}}",
        # A table of one's own may have other columns than the panel.
        f"{PANEL}, phenotypes: p.tsv, label_column: eyes, family_column: family}}",
        # What is not used may be wrong.
        f"{VCF}, simulate: {{causal_genes: 10000}}}}",
        "{run_generators: [baseline], classifiers: [mlp], features: {pad_genes_to: 7}}",
        "{size: {multiples: [], classifiers: [cnn]}, classifiers: [mlp]}",
        "{run_generators: [gaussian], diffusion: {eta: 1}}",
        "synthetic: {individuals: 100}",
        "synthetic: {multiple: 2.5}",
        "synthetic: {individuals: 100, multiple: 1}",
        "diffusion: {sampler_steps: 1000}",
        "diffusion: {sampler_steps: null}",
        "diffusion: {sampler: ddim, eta: 1, sampler_steps: 1}",
        "diffusion: {sampler: heun, churn: 40, sampler_steps: 50, sampler_grid: karras}",
        "diffusion: {sampler: dpm_solver, churn: 0.5}",
        "generators: {gaussian2: {kind: external, path: a}, cnn: {kind: external, path: 'b{seed}'}}",
    ],
)
def test_load__takes_what_goes_together(loaded, text):
    assert loaded(text)


@pytest.mark.parametrize("present", ["", "vcf: a", "phenotypes: a, genes: a"])
def test_load__vcf_cohort_needs_its_files(refused, present):
    lines = refused(f"cohort: {{source: vcf, {present}}}")
    absent = [key for key in ("vcf", "phenotypes", "genes") if f"{key}:" not in present]
    assert lines == [f"cohort.{key}: needed when cohort.source is vcf" for key in absent]


def test_load__names_all_contradictions_at_once(refused):
    names = ["causal", "gene sizes", "heads", "mix"]
    lines = refused(*(PROBLEMS[name][0] for name in names))
    assert {line.split(": ")[0] for line in lines} == {PROBLEMS[name][1] for name in names}
