"""Generators of a configuration: built-in ones, entries put over them, kinds, recipes and plugins."""

import pytest
import yaml

from genodiff.generators import KINDS, PRIVATE
from genodiff.networks.backbones import BACKBONES
from genodiff.runtime.errors import InputError
from genodiff.workflow.recipes import RECIPES
from genodiff.workflow.settings import load
from genodiff.workflow.settings.generators import BUILT_IN

ORDER = [
    "unet_cnn",
    "unet_mlp",
    "mlp_cnn",
    "transformer",
    "baseline",
    "gaussian",
    "independent",
    "mosaic",
    "copying",
]


def test_defaults__are_the_tables_of_the_paper_and_the_references(loaded):
    config = loaded("{}")
    assert config["run_generators"] == list(config["generators"]) == ORDER
    titles = [entry["title"] for entry in config["generators"].values()]
    assert titles == [
        "CNN",
        "MLP",
        "MLP+CNN",
        "Transformer",
        "Baseline",
        "Gaussian",
        "Independent",
        "Mosaic",
        "Copying",
    ]
    for name, entry in config["generators"].items():
        if name in BACKBONES:
            assert (entry["kind"], entry["backbone"]) == ("diffusion", name)
            assert entry["diffusion"] == RECIPES["paper"]
    looks = [repr(entry["style"]) for entry in config["generators"].values()]
    assert len(set(looks)) == len(ORDER)
    assert set(config["generators"]["gaussian"]) == {"kind", "title", "style", "rank"}
    assert config["generators"]["gaussian"]["rank"] == 64


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{run_generators: [gene_mixer]}", "gene_mixer"),
        ("{generators: {g: {kind: diffusion, backbone: gene_mixer}}, run_generators: [g]}", "g"),
    ],
)
def test_gene_mixer__runs_where_it_is_named(loaded, text, name):
    entry = loaded(text)["generators"][name]
    assert (entry["kind"], entry["backbone"]) == ("diffusion", "gene_mixer")
    assert entry["settings"]["neighbours"] == 4
    other = loaded("{generators: {gene_mixer: {settings: {width: 32}}}}")
    assert other["run_generators"] == ORDER


def test_run__says_which_generators_run_where_none_is_named(loaded):
    own = "{gene_mixer: {run: true}, mosaic: {run: false}, mine: {kind: gaussian}}"
    found = loaded(f"{{generators: {own}}}")["run_generators"]
    expected = [name for name in ORDER if name != "mosaic"]
    expected.insert(expected.index("gaussian"), "gene_mixer")
    assert found == [*expected, "mine"]
    named = loaded(f"{{generators: {own}, run_generators: [mosaic]}}")
    assert named["run_generators"] == ["mosaic"]


def test_defaults__are_the_papers_networks(loaded):
    settings = {name: entry.get("settings") for name, entry in loaded("{}")["generators"].items()}
    assert settings["baseline"] == {"width": 1024}
    assert settings["unet_mlp"] == settings["mlp_cnn"]["unet_mlp"] == {"widths": [1024, 512, 256]}
    assert settings["unet_cnn"] == settings["mlp_cnn"]["unet_cnn"]
    assert settings["unet_cnn"]["multipliers"] == [1, 1, 1, 1, 2, 2, 3, 4]
    assert settings["transformer"] == {"genes_per_token": 16, "width": 384, "layers": 12, "heads": 6}


def test_entries__are_put_over_the_built_in_ones_key_by_key(loaded):
    entry = loaded("{diffusion: {epochs: 7, batch_size: 9}, generators: {unet_mlp: {epochs: 3}}}")[
        "generators"
    ]["unet_mlp"]
    assert (entry["kind"], entry["title"], entry["backbone"]) == ("diffusion", "MLP", "unet_mlp")
    assert entry["settings"] == {"widths": [1024, 512, 256]}
    assert entry["diffusion"] == RECIPES["paper"] | {"epochs": 3, "batch_size": 9}
    assert set(entry) == {"kind", "title", "style", "backbone", "settings", "diffusion"}


def test_one_network__under_two_recipes_and_in_two_widths(loaded):
    config = loaded(
        """
        generators:
          best: {kind: diffusion, backbone: unet_mlp, recipe: best, sampler_steps: null}
          wide: {kind: diffusion, backbone: unet_mlp, title: Wide, settings: {widths: [64, 32]}}
          theirs: {kind: external, path: "x.seed{seed}.parquet", style: {color: "#00468B"}}
        run_generators: [wide, best, unet_mlp, theirs]
        """
    )
    found = config["generators"]
    assert list(found) == ["wide", "best", "unet_mlp", "theirs"]
    assert found["best"]["title"] == "best"
    # Null is a value of its own: all steps, not those of the recipe.
    assert found["best"]["diffusion"] == RECIPES["best"] | {"sampler_steps": None}
    assert found["unet_mlp"]["diffusion"] == found["wide"]["diffusion"] == RECIPES["paper"]
    assert found["wide"]["settings"] == {"widths": [64, 32]}
    assert found["theirs"] == {
        "kind": "external", "title": "theirs", "path": "x.seed{seed}.parquet",
        "style": {"color": "#00468B", "marker": None, "dashes": None, "filled": None},
    }  # fmt: skip


@pytest.mark.parametrize(("enabled", "names"), [("true", ["mosaic", "unet_mlp"]), ("false", ["mosaic"])])
@pytest.mark.parametrize("part", ["augmentation", "labels"])
def test_shares__fit_generators_that_do_not_run(loaded, part, enabled, names):
    config = loaded(f"{{run_generators: [mosaic], {part}: {{enabled: {enabled}}}}}")
    assert list(config["generators"]) == names
    assert config["run_generators"] == ["mosaic"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("x: {}", "generators.x.kind: is needed; allowed values: diffusion, gaussian, independent"),
        ("x: {kind: wgan}", "generators.x.kind: 'wgan' is not known; allowed values: diffusion,"),
        ("x: {kind: 3}", "generators.x.kind: 3 is not known; allowed values: diffusion,"),
        ("x: {kind: diffusion}", "generators.x.backbone: is needed"),
        (
            "x: {kind: diffusion, backbone: unet_rnn}",
            "generators.x.backbone: 'unet_rnn' is not known (did you mean 'unet_cnn'?); allowed values: "
            "unet_cnn, unet_mlp, mlp_cnn, transformer, baseline, gene_mixer; or module:Class of a "
            "file in a folder",
        ),
        (
            "gene_mixer: {settings: {neighbours: 17}}",
            "generators.gene_mixer.settings.neighbours: ",
        ),
        ("x: {kind: external}", "generators.x.path: is needed"),
        (
            "x: {kind: gaussian, ranks: 3}",
            "generators.x.ranks: unknown key (did you mean 'rank'?). Keys",
        ),
        (
            "x: {kind: gaussian, epochs: 3}",
            "generators.x.epochs: unknown key. Keys allowed here: kind, ",
        ),
        (
            "x: {kind: 'mine:Generator'}",
            "generators.x.kind: no file mine.py in `plugins`, which is empty",
        ),
        (
            "x: {kind: mosaic, style: {color: red}}",
            "generators.x.style.color: 'red' is not a colour such as ",
        ),
        ("x: 3", "generators.x: expected keys with values, got 3"),
        ("2x: {kind: mosaic}", "generators.2x: a name has letters, digits and _ only, a letter first"),
        ("null_: {kind: mosaic, title: null_, rank: 3}", "generators.null_.rank: unknown key"),
        *(
            (
                f"'{name}': {{kind: external, path: x}}",
                f"generators.{name}: is the name of a built-in data",
            )
            for name in ("real", "null", "planted", "batch_baseline")
        ),
    ],
)
def test_entries__that_are_wrong(refused, entry, expected):
    (line,) = refused(f"generators: {{{entry}}}")
    assert line.startswith(expected)


class TestPlugins:
    @pytest.fixture
    def folder(self, tmp_path):
        own = "class Net: ...\nfrom helper import Gen\nraise AssertionError('not to be imported')\n"
        (tmp_path / "mine.py").write_text(own)
        (tmp_path / "broken.py").write_text("class Net:\n  def\n")
        return tmp_path

    def config(self, folder, entry):
        return {
            "cohort": {"source": "simulate"}, "plugins": ["nowhere", str(folder)],
            "generators": {"x": yaml.safe_load(entry)}, "run_generators": ["x"],
        }  # fmt: skip

    def test_network__has_settings_of_its_own(self, folder):
        entry = "{kind: diffusion, backbone: 'mine:Net', settings: {any: {thing: [1]}}, epochs: 2}"
        found = load(self.config(folder, entry))["generators"]["x"]
        assert (found["backbone"], found["settings"]) == ("mine:Net", {"any": {"thing": [1]}})
        assert found["diffusion"]["epochs"] == 2

    def test_generator__has_keys_of_its_own(self, folder):
        found = load(self.config(folder, "{kind: 'mine:Gen', rank: 3, own: {a: 1}}"))["generators"]["x"]
        common = {"kind": "mine:Gen", "title": "x", "style": None}
        assert found == common | {"rank": 3, "own": {"a": 1}}

    @pytest.mark.parametrize(
        ("entry", "message"),
        [
            ("kind: 'plug:Jitter', scle: 3", r"generators\.x\.kind: .*plug\.py: Jitter has no setting "
             r"'scle' \(did you mean 'scale'\?\); its settings: scale"),
            ("kind: 'plug:Jitter'", "needs the setting 'scale'"),
            ("kind: 'plug:Jitter', scale: 1, layout: 2", "no setting 'layout'"),
            ("kind: diffusion, backbone: 'plug:Net', settings: {widht: 3}", r"x\.backbone: .* has no "
             r"setting 'widht' \(did you mean 'width'\?\); its settings: width, depth"),
            ("kind: diffusion, backbone: 'plug:Net', settings: {width: 3, mask: 1}", "setting 'mask'"),
            ("kind: diffusion, backbone: 'plug:Net'", "Net needs the setting 'width'"),
            # The file does not show these arguments.
            ("kind: 'plug:Open', any: 3", None), ("kind: 'plug:Heir', any: 3", None),
            ("kind: 'plug:Jitter', scale: 1", None),
            ("kind: diffusion, backbone: 'plug:Net', settings: {depth: 1, width: 3}", None),
        ],
    )  # fmt: skip
    def test_settings__have_the_names_of_the_arguments(self, folder, entry, message):
        (folder / "plug.py").write_text(
            "class Jitter:\n  def __init__(self, shape, scale): ...\n"
            "class Net:\n  def __init__(self, genes, components, classes, width, mask=None, *, depth=2):"
            " ...\nclass Open:\n  def __init__(self, layout, **settings): ...\nclass Heir(Jitter): ...\n"
        )
        config = self.config(folder, f"{{{entry}}}")
        if message is None:
            assert "x" in load(config)["generators"]
        else:
            with pytest.raises(InputError, match=message):
                load(config)

    @pytest.mark.parametrize(
        ("backbone", "message"),
        [
            ("yours:Net", r"no file yours\.py in .* nowhere, .*"),
            ("package.yours:Net", r"no file package/yours\.py in .* nowhere, .*"),
            ("mine:Other", r"mine\.py has no class 'Other'"),
            ("broken:Net", r"broken\.py, line 2: "),
        ],
    )
    def test_file__has_to_be_there_with_the_class(self, folder, backbone, message):
        with pytest.raises(InputError, match=rf"x\.backbone: .*{message}"):
            load(self.config(folder, f"{{kind: diffusion, backbone: '{backbone}'}}"))


def test_kinds__have_entries_of_their_own_names_except_networks_and_files():
    assert set(KINDS) - set(ORDER) == {"diffusion", "external", *PRIVATE}
    # Those that do not run by themselves have entries too.
    assert {*ORDER, *PRIVATE, "gene_mixer"} == set(BUILT_IN)


def test_private_network__has_a_recipe_that_uses_no_validation_individuals(loaded):
    config = loaded(
        "{diffusion: {recipe: best}, run_generators: [diffusion_dp], cohort: {source: simulate, "
        "simulate: {panel: 100}}, generators: {diffusion_dp: {epochs: 7, dp_sgd: {epochs: 2}}}}"
    )
    entry = config["generators"]["diffusion_dp"]
    assert entry["backbone"] == "gene_mixer"
    assert entry["settings"]["shared_by"] == 20
    assert entry["diffusion"]["epochs"] == 7
    assert entry["diffusion"]["shrink_scores"] is False
    assert entry["dp_sgd"]["epochs"] == 2
    assert entry["privacy"] == {"epsilon": 8, "delta": 1e-5}


def test_tuning__needs_generators_that_do_not_run(loaded):
    assert list(loaded("run_generators: [mosaic]")["generators"]) == ["mosaic"]
    config = loaded("{run_generators: [mosaic], tuning: {generators: [unet_mlp]}}")
    assert list(config["generators"]) == ["mosaic", "unet_mlp"]
    assert config["run_generators"] == ["mosaic"]
    assert config["tuning"] == {"generators": ["unet_mlp"], "trials": 40, "workers": 1}
