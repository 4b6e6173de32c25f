"""What users get wrong stops before any job runs, with a message that helps; the rest fails loudly."""

import json
import re
import shutil

import pytest
import yaml

TINY = "tests/workflow/tiny.yaml"


@pytest.fixture(scope="module")
def project(copy_of_project):
    return copy_of_project("configuration")


def dry_run(project, run, settings: dict) -> str:
    """Output of a dry run with `settings` put on top of the tiny configuration."""
    (project / "own.json").write_text(json.dumps(settings))
    return run(project, "--dry-run", "--configfile", TINY, "own.json")


class TestRefused:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"sedes": [0]}, ["sedes", "unknown key", "did you mean 'seeds'"]),
            ({"diffusion": {"epochs": -3}}, ["diffusion.epochs", "-3", "at least 1"]),
            ({"diffusion": {"learning_rate": "1e-3"}}, ["diffusion.learning_rate", "1.0e-3"]),
            ({"run_generators": ["unet_rnn"]}, ["run_generators[0]", "unet_rnn", "unet_mlp, mlp_cnn"]),
            ({"split": {"test_fraction": 1.5}}, ["split.test_fraction", "less than 1"]),
            ({"backbones": ["baseline"]}, ["backbones", "older version", "run_generators: [baseline, "]),
            ({"cohort": {"source": "vcf"}}, ["cohort.vcf: needed", "cohort.genes: needed"]),
            ({"features": {"pad_genes_to": 7}}, ["features.pad_genes_to", "multiple of 2"]),
            (
                {
                    "cohort": {
                        "source": "vcf",
                        "vcf": "no/chr{chrom}.bcf",
                        "phenotypes": "a",
                        "genes": "b",
                    }
                },
                ["cohort.vcf", "no file matches"],
            ),
        ],
    )
    def test_a_wrong_configuration_stops_before_any_job(self, project, fail_workflow, settings, words):
        output = dry_run(project, fail_workflow, settings)
        assert all(word in output for word in words), output
        assert "Building DAG" not in output
        assert "Traceback" not in output

    def test_a_key_that_is_there_twice_stops(self, project, fail_workflow):
        """Its first value would be lost in silence."""
        (project / "twice.yaml").write_text("generators: {x: {kind: mosaic}}\ngenerators: {}\n")
        output = fail_workflow(project, "--dry-run", "--configfile", TINY, "twice.yaml")
        assert "twice.yaml: line 2: the key 'generators' is there already (line 1)" in output

    def test_a_dataset_of_another_generator_is_one_line(self, project, run_workflow):
        shutil.copy(project / TINY, project / "theirs.parquet")
        output = dry_run(
            project,
            run_workflow,
            {"generators": {"theirs": {"kind": "external", "path": "theirs.parquet"}}},
        )
        assert "Classifier mlp on theirs" in output

    def test_results_may_be_written_in_any_form(self, project, run_workflow):
        output = dry_run(project, run_workflow, {"results": "./results/mine/"})
        assert "input: results/mine/report.html, results/mine/table1.tsv" in output

    def test_lists_replace_the_defaults(self, project, run_workflow):
        output = dry_run(project, run_workflow, {"run_generators": ["baseline"], "seeds": [3, 4]})
        assert "Training baseline, seed 4" in output
        assert "Training unet_cnn" not in output


def test_the_full_size_cohort_has_the_papers_cases_and_a_job_a_chromosome(project, run_workflow):
    simulate = yaml.safe_load((project / "config/mine-like.yaml").read_text())["cohort"]["simulate"]
    assert round(simulate["individuals"] * simulate["case_fraction"]) == 3_192
    target = "results/mine-like/tensors/layout.json"
    output = run_workflow(project, "--dry-run", "--configfile", "config/mine-like.yaml", "--", target)
    assert re.search(r"^simulate_chromosome +22$", output, re.M)


def test_a_failed_job_leaves_its_message_and_no_traceback(project, fail_workflow):
    """Phenotypes of nobody in the VCF: one sentence on the console and in the log."""
    (project / "p.tsv").write_text("sample\tphenotype\nX1\tcase\nX2\tcontrol\n")
    (project / "g.bed").write_text("1\t0\t1000\tG1\n")
    import pysam

    header = (
        '##fileformat=VCFv4.2\n##contig=<ID=1>\n##FORMAT=<ID=GT,Number=1,Type=String,Description="G">\n'
    )
    text = header + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\n"
    (project / "c.vcf").write_text(text + "1\t10\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\n")
    pysam.tabix_index(str(project / "c.vcf"), preset="vcf")
    cohort = {"source": "vcf", "vcf": "c.vcf.gz", "phenotypes": "p.tsv", "genes": "g.bed"}
    (project / "own.json").write_text(json.dumps({"cohort": cohort, "results": "broken"}))
    output = fail_workflow(project, "--configfile", TINY, "own.json", "--", "broken/split.tsv")
    log = (project / "broken/logs/split_individuals.log").read_text()
    for text in (output, log):
        assert "none of the 2 samples of c.vcf.gz is in column 'sample' of p.tsv" in text
        assert "Traceback" not in text
    assert not (project / "broken/split.tsv").exists()


def test_rule_all_asks_for_the_individuals_of_every_generator_and_seed(project, run_workflow):
    theirs = {"kind": "external", "path": "theirs.{seed}.parquet"}
    for seed in (0, 3):
        shutil.copy(project / TINY, project / f"theirs.{seed}.parquet")
    settings = {
        "seeds": [0, 3],
        "generators": {"theirs": theirs},
        "run_generators": ["theirs", "mosaic"],
    }
    output = dry_run(project, run_workflow, settings)
    (asked,) = re.findall(r"^ *input: (results/report\.html, .*)$", output, re.M)
    for seed in (0, 3):
        own = ("synthetic/theirs", "references/mosaic")
        wanted = {f"results/{name}.genotypes/seed{seed}.parquet" for name in own}
        assert wanted <= set(asked.split(", "))
