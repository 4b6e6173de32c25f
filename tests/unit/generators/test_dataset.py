"""Keys of datasets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genodiff.generators.dataset import Dataset, describe, joined, parse_joined

NUMBERS = st.none() | st.integers(1, 10**7) | st.floats(1e-6, 1e7)
DATASETS = st.builds(Dataset, st.from_regex(r"[A-Za-z][A-Za-z0-9_]*", fullmatch=True), NUMBERS, NUMBERS)


@given(datasets=st.lists(DATASETS, min_size=1, max_size=3))
@pytest.mark.slow
def test_keys__come_back_as_datasets(datasets):
    assert parse_joined(joined(*datasets)) == datasets
    assert [Dataset.parse(str(dataset)) for dataset in datasets] == datasets


@pytest.mark.parametrize(
    ("dataset", "key"),
    [
        (Dataset("unet_mlp"), "unet_mlp"),
        (Dataset("unet_mlp", 10), "unet_mlp.p10"),
        (Dataset("unet_mlp", 10.0, 2.5), "unet_mlp.p10.x2.5"),
        (Dataset("real", multiple=5), "real.x5"),
        (Dataset("real", 1e-5), "real.p0.00001"),
        (Dataset("unet_mlp", 2.5, labelled=True), "unet_mlp.l2.5"),
    ],
)
def test_dataset__key(dataset, key):
    assert str(dataset) == dataset.generator + dataset.share + dataset.amount == key


@pytest.mark.parametrize(
    "key", ["", "1a", "a.p", "a.q10", "a.x5.p10", "a.p10.p10", "a/b", "a+b", "a.p-1", "a\n"]
)
def test_parse__raises_on_what_is_no_key(key):
    with pytest.raises(ValueError, match="is not the key of a dataset"):
        Dataset.parse(key)


@pytest.mark.parametrize(
    ("key", "generator", "share"),
    [
        ("real", "real", 1),
        ("null", "null", 1),
        ("real.p5", "real", 0.05),
        ("mosaic.x2", "mosaic", 1),
        ("real.p10+unet_mlp.p10", "unet_mlp", 0.1),
        ("real.p100+unet_mlp.p100", "unet_mlp", 1),
        ("real.l2+unet_mlp.l2", "unet_mlp", 0.02),
        ("self_training.l2", "self_training", 0.02),
    ],
)
def test_describe__columns_of_a_result(key, generator, share):
    assert describe(key) == {"dataset": key, "generator": generator, "share": share}
