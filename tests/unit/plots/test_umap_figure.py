"""Figure 5: who is on the map, and that nobody can be found on it by name."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from matplotlib.colors import to_hex

from genodiff.formats.tensors import Layout
from genodiff.plots.figure5 import class_colors, draw_figure5, figure5
from genodiff.plots.style import PALE
from genodiff.plots.umap_embedding import SCHEMA, embed_individuals, read_embedding, sample_live


@pytest.fixture
def points():
    """A made-up map."""
    rng = np.random.default_rng(5)
    sizes = {"real train": 9, "real test": 4, "unet_mlp": 7, "theirs": 6}
    rows = [
        (name, ("case", "control", None)[i % 3], *rng.normal(size=2))
        for name, size in sizes.items()
        for i in range(size)
    ]
    return pd.DataFrame(rows, columns=["source", "label", "x", "y"])


# umap looks for TensorFlow, and says that it is not there, when it is imported.
@pytest.mark.filterwarnings("ignore:Tensorflow not installed:ImportWarning")
@pytest.mark.slow
def test_embed_individuals__at_most_so_many_of_each_set_all_test_individuals_and_no_ids(
    tmp_path, layout, write_dataset
):
    files = {
        name: str(write_dataset(name, n))
        for name, n in {"train": 40, "test": 25, "a": 30, "b": 5}.items()
    }
    maps = []
    for name in ("one", "two"):
        output = tmp_path / name
        datasets = {"a": files["a"], "b": files["b"]}
        embed_individuals(str(layout), files["train"], files["test"], datasets, str(output), 10, seed=3)
        maps.append(read_embedding(output))
    table = maps[0].to_pandas()
    counts = table["source"].value_counts().to_dict()
    assert counts == {"real train": 10, "real test": 25, "a": 10, "b": 5}
    assert np.isfinite(table[["x", "y"]]).all(axis=None)
    assert table["x"].nunique() > 40
    assert maps[0].equals(maps[1])
    assert maps[0].schema.names == ["source", "label", "x", "y"]
    assert set(table["label"]) == {"case"}
    assert b"SECRET" not in (tmp_path / "one").read_bytes()


def test_sample_live__random_individuals_in_random_order_without_padded_features(layout, write_dataset):
    path = write_dataset("train", 50)
    layout = Layout.read(layout)
    few, labels = sample_live(path, layout, 20, np.random.default_rng(0))
    assert few.shape == (20, 3)
    assert labels == ["case"] * 20
    numbers = few[:, 0].astype(int).tolist()
    assert len(set(numbers)) == 20
    assert numbers != sorted(numbers)
    all_individuals, _ = sample_live(path, layout, None, np.random.default_rng(0))
    assert sorted(all_individuals[:, 0]) == list(range(50))
    assert sample_live(path, layout, 99, np.random.default_rng(0))[0].shape == (50, 3)


def test_read_embedding__refuses_other_files(tmp_path):
    path = tmp_path / "other.parquet"
    pq.write_table(SCHEMA.empty_table().replace_schema_metadata({}), path)
    with pytest.raises(ValueError, match="not a map of individuals"):
        read_embedding(path)


@pytest.mark.usefixtures("look")
def test_figure5__a_panel_of_real_individuals_and_one_of_each_dataset_by_class(
    points, generators, texts
):
    figure = draw_figure5(points, generators)
    real, own = (axes.collections for axes in figure.axes[:2])
    assert [len(dots.get_offsets()) for dots in real] == [13]
    assert [len(dots.get_offsets()) for dots in own] == [9, 7]
    assert {to_hex(color) for color in own[0].get_facecolors()} == {PALE.lower()}
    colors = class_colors(points["label"].fillna(""))
    found = points[points["source"] == "unet_mlp"].fillna("")
    assert np.array_equal(own[1].get_offsets(), found[["x", "y"]].to_numpy())
    assert [to_hex(color) for color in own[1].get_facecolors()] == [
        colors[label].lower() for label in found["label"]
    ]
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "real individuals, n = 13",
        "MLP, n = 7",
        "a generato…body else, n = 6",
    ]
    assert {"case", "control"} <= set(texts(figure))


def test_class_colors__differ_for_any_number_of_classes():
    for count in (2, 5, 26):
        assert len(set(class_colors([f"C{i}" for i in range(count)]).values())) == count + 1


def test_figure5__points_are_pixels_and_bytes_do_not_vary(tmp_path, entries, points):
    path = tmp_path / "umap.parquet"
    table = SCHEMA.empty_table().from_pandas(points, SCHEMA, preserve_index=False)
    pq.write_table(table, path)
    found = []
    for _ in range(2):
        outputs = [tmp_path / "5.svg", tmp_path / "5.png"]
        figure5(embedding_path=path, generators=entries, outputs=outputs)
        found.append((tmp_path / "5.svg").read_bytes())
    assert found[0] == found[1]
    assert found[0].count(b"<image") == 3
