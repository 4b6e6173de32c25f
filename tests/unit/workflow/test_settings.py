"""Values that a configuration may not have: the message names the key, the value and what is allowed."""

import pytest

from genodiff.runtime.errors import InputError
from genodiff.workflow.settings import load
from genodiff.workflow.settings.command_line import retyped

KEYS = "Keys allowed here: "
# A configuration, and the one line that it is answered with, or its beginning.
WRONG = [
    ("diffusion: {epochs: -3}", "diffusion.epochs: -3 must be at least 1"),
    ("split: {test_fraction: 0}", "split.test_fraction: 0 must be greater than 0"),
    ("split: {test_fraction: 1}", "split.test_fraction: 1 must be less than 1"),
    ("quality: {min_maf: 0.7}", "quality.min_maf: 0.7 must be at most 0.5"),
    ("seeds: [0, -1]", "seeds[1]: -1 must be at least 0"),
    ("seeds: [0, 1, 0]", "seeds: [0, 1, 0] has 0 more than once"),
    ("seeds: []", "seeds: [] must have 1 or more entries"),
    ("cohort: {simulate: {snps_per_gene: [1, 2, 3]}}",
     "cohort.simulate.snps_per_gene: [1, 2, 3] must have 2 or fewer entries"),
    ("generators: {unet_mlp: {settings: {widths: [32, 40]}}}",
     "generators.unet_mlp.settings.widths[1]: 40 must be a multiple of 16"),
    ("device: gpu", "device: 'gpu' is not known (did you mean 'cuda'?); allowed values: auto, cpu, "),
    ("cohort: {build: hg19}", "cohort.build: 'hg19' is not known (did you mean 'GRCh37'?)"),
    ("cohort: {build: grch38}", "cohort.build: 'grch38' is not known (did you mean 'GRCh38'?)"),
    ("seeds: [1e2]", "seeds[0]: expected integer, got the text '1e2' (write 100)"),
    ("seeds: [1.0e+2]", "seeds[0]: expected integer, got 100.0 (write 100)"),
    ("logger: csv", "logger: 'csv' is not known; allowed values: tensorboard, null"),
    ("classifiers: [mlp, cn]",
     "classifiers[1]: 'cn' is not known (did you mean 'cnn'?); allowed values: mlp, transformer, cnn"),
    ("diffusion: {compile: 1}", "diffusion.compile: 1 is not known; allowed values: auto, true, false"),
    ("diffusion: {learning_rate: 1e-3}",
     "diffusion.learning_rate: expected number, got the text '1e-3' (write numbers as 1.0e-3, not "),
    ("diffusion: {epochs: three}", "diffusion.epochs: expected integer, got the text 'three'"),
    ("diffusion: {epochs: null}", "diffusion.epochs: expected integer, got null"),
    ("diffusion: {min_snr: '5'}", "diffusion.min_snr: expected number or null, got the text '5' (write"),
    ("comparison: {planted_share: .inf}", "comparison.planted_share: inf "),
    # Nothing is converted.
    ("seed: true", "seed: expected integer, got true"),
    ("seed: 1.0", "seed: expected integer, got 1.0"),
    ("quality: {max_missing: true}", "quality.max_missing: expected number, got true"),
    ("augmentation: {enabled: 1}", "augmentation.enabled: expected true or false, got 1"),
    ("cohort: {sample_column: 3}", "cohort.sample_column: expected text, got 3"),
    ("cohort: {chromosomes: [1, chr2, true]}", "cohort.chromosomes[2]: True is neither a number nor a "),
    ("results: ''", "results: must not be empty"),
    ("features:", "features: expected keys with values, got null"),
    ("seeds: 3", "seeds: expected list, got 3 (write [3])"),
    ("seeds: 0,1", "seeds: expected list, got the text '0,1' (write [0, 1])"),
    ("run_generators: mosaic",
     "run_generators: expected list or null, got the text 'mosaic' (write [mosaic])"),
    ("cohort: {plink1: a.vcf}", "cohort.plink1: 'a.vcf' does not end in .bed"),
    ("projections: {2 x: {source: vcf, path: a}}", "projections.2 x: '2 x' is no name: letters, digits"),
    ("projections: {x: {path: a}}",
     "projections.x.source: is needed; allowed values: vcf, plink1, plink2"),
    # Paths.
    ("projections: {x: {source: vcf, path: 'a{chr}.bcf'}}",
     "projections.x.path: 'a{chr}.bcf' contains {chr}: did you mean {chrom}?"),
    ("cohort: {vcf: 'a{chrom.bcf'}", "cohort.vcf: 'a{chrom.bcf' contains {: did you mean {chrom}?"),
    ("cohort: {genes: 'g.{chrom}.bed'}",
     "cohort.genes: 'g.{chrom}.bed' contains {chrom}, which nothing replaces here"),
    ("results: $SCRATCH/gd", "results: '$SCRATCH/gd' starts with $SCRATCH, but variables of the shell "),
    ("cohort: {vcf: '${HOME}/a.bcf'}", "cohort.vcf: '${HOME}/a.bcf' starts with ${HOME}, but variables"),
    ("results: ~nosuchuser/gd",
     "results: '~nosuchuser/gd' starts with the home folder of an unknown user; write ./~nosuch"),
    ("cohort: simulate", "cohort: expected keys with values, got the text 'simulate'"),
    # Words of YAML among labels.
    ("cohort: {control_label: no}", "cohort.control_label: False is how YAML reads a word such as no;"),
    ("cohort: {control_label: [1]}", "cohort.control_label: expected text or null, got [1]"),
    ("synthetic: {label_mix: {yes: 1}}", "synthetic.label_mix[1]: True is how YAML reads a word such"),
    ("synthetic: {label_mix: {1: 1, '1': 2}}", "synthetic.label_mix: {1: 1, '1': 2} names the class "),
    ("synthetic: {label_mix: {1: 1, 1.5: x}}", "synthetic.label_mix.1.5: expected number, got the text"),
    # Unknown keys.
    ("seds: [1]", f"seds: unknown key (did you mean 'seeds'?). {KEYS}results, seed, seeds, splits"),
    ("diffusion: {epoch: 3}", f"diffusion.epoch: unknown key (did you mean 'epochs'?). {KEYS}schedule"),
    ("diffusion: {schedule: {step: 3}}", "diffusion.schedule.step: unknown key (did you mean 'steps'?)"),
    ("generators: {mlp_cnn: {settings: {unet_cnn: {blocs: 1}}}}",
     "generators.mlp_cnn.settings.unet_cnn.blocs: unknown key (did you mean 'blocks'?). "),
    ("epochs: 3", "epochs: unknown key (did you mean 'diffusion.epochs'?). "),
    ("steps: 3", "steps: unknown key (did you mean 'classifier_training.steps'?). "),
    ("cohort: {individuals: 3}",
     "cohort.individuals: unknown key (did you mean 'cohort.simulate.individuals'?). "),
    ("split: {zzz: 3}",
     f"split.zzz: unknown key. {KEYS}test_fraction, validation_fraction, balance_batches"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_load__names_the_key_the_value_and_what_is_allowed(refused, text, expected):
    (line,) = refused(text)
    assert line.startswith(expected)


def test_load__says_everything_at_once_in_the_order_of_the_keys(refused):
    lines = refused(
        "{seed: -1, diffusion: {epoch: 3, batch_size: 0}, classifiers: [], generators: {x: {kind: y}}}"
    )
    keys = ["classifiers", "diffusion.batch_size", "diffusion.epoch", "generators.x.kind", "seed"]
    assert [line.split(":")[0] for line in lines] == keys


def test_load__needs_a_cohort():
    with pytest.raises(InputError, match="cohort: is needed"):
        load({})


def test_load__keeps_values_as_they_are_written(loaded):
    config = loaded(
        "{size: {multiples: [1, 2.5]}, cohort: {chromosomes: [1, X]}, quality: {max_missing: 0},"
        " synthetic: {label_mix: {1: 1, two: 0.5}}, diffusion: {compile: false, eta: 0}}"
    )
    assert repr(config["size"]["multiples"]) == "[1, 2.5]"
    assert repr(config["cohort"]["chromosomes"]) == "[1, 'X']"
    assert repr(config["quality"]["max_missing"]) == "0"
    assert repr(config["synthetic"]["label_mix"]) == "{'1': 1, 'two': 0.5}"
    assert repr(config["diffusion"]) == "{'recipe': 'paper', 'compile': False, 'eta': 0}"


@pytest.mark.parametrize(("label", "text"), [("1", "1"), ("'1'", "1"), ("1.0", "1.0"), ("a", "a")])
def test_load__labels_may_be_numbers(loaded, label, text):
    # The options of Snakemake's --config have texts only.
    config = loaded(
        f"{{cohort: {{control_label: {label}}}, synthetic: {{label_mix: {{{label}: '0.5', b: 1}}}}}}"
    )
    assert config["cohort"]["control_label"] == text
    assert config["synthetic"]["label_mix"] == {text: 0.5, "b": 1}


def test_load__gives_plain_values_and_leaves_its_argument_as_it_is(loaded):
    def check(part):
        assert type(part) in (dict, list, str, int, float, bool, type(None)), part
        for own in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            check(own)

    first, second = loaded("generators: {unet_mlp: {epochs: 3}}"), loaded("seed: 0")
    check(first)
    first["generators"]["unet_mlp"]["settings"]["widths"].clear()
    first["generators"]["mosaic"]["genes_per_block"] = 7
    assert loaded("seed: 0") == second


def test_load__expands_the_home_folder_in_every_path(loaded, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in ("mirror", "annotation"):
        (tmp_path / folder).mkdir()
    (tmp_path / "plug").mkdir()
    (tmp_path / "plug/mine.py").write_text("class Mine: pass\n")
    (tmp_path / "sums").write_text("")
    config = loaded(
        """
        results: ~/gd
        container: ~/gd.sif
        plugins: [~/plug]
        generators: {theirs: {kind: external, path: "~/t.{seed}"}, mine: {kind: "mine:Mine"}}
        projections: {other: {source: vcf, path: "~/o{chrom}.bcf", phenotypes: ~/o.tsv}}
        cohort: {source: 1kg, label_column: population, mirror: ~/mirror,
                 annotation_mirror: ~/annotation, checksums: ~/sums, phenotypes: ~/p.tsv, genes: ~/g.bed}
        """
    )
    assert "~" not in str(config)
    assert config["results"] == f"{tmp_path}/gd"
    assert config["plugins"] == [f"{tmp_path}/plug"]
    assert config["generators"]["theirs"]["path"] == f"{tmp_path}/t.{{seed}}"
    for source, path in (("vcf", "v{chrom}.bcf"), ("plink1", "a.bed"), ("plink2", "a.pgen")):
        text = f"cohort: {{source: {source}, {source}: '~/{path}', phenotypes: ~/p, genes: ~/g}}"
        assert loaded(text)["cohort"][source] == f"{tmp_path}/{path}"


def test_retyped__gives_lists_and_sections_of_the_command_line_their_types():
    given = {"seeds": ["0", "1"], "size": {"multiples": ["2.5", "x"], "on": "true"}, "logger": "null"}
    values = given | {"mine": ["3"], "size": given["size"] | {"title": "7"}}
    assert retyped(values, given) == {
        "seeds": [0, 1], "size": {"multiples": [2.5, "x"], "on": True, "title": "7"}, "logger": None,
        "mine": ["3"],
    }  # fmt: skip
    # A file's value that the command line did not give stays; a path is no YAML.
    assert retyped({"seeds": ["0"], "results": "a{b"}, {"seeds": ["1"], "results": "a{b"}) == {
        "seeds": ["0"], "results": "a{b",
    }  # fmt: skip


def test_load__paths_that_are_not_given_are_absent(loaded):
    cohort = loaded("cohort: {genes: null}")["cohort"]
    assert not {"vcf", "plink1", "plink2", "phenotypes", "genes", "chromosomes"} & set(cohort)
    assert loaded("results: ./results/mine/")["results"] == "results/mine"
