"""Keys that a configuration has twice."""

import pytest

from genodiff.runtime.errors import InputError
from genodiff.workflow.settings.repeated_keys import check_repeated_keys


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("results: a\nseed: 1\nresults: b\n", r"line 3: the key 'results' .* \(line 1\)"),
        ("a:\n  b: {c: 1}\n  d: 2\n  b: 3\n", r"line 4: the key 'b' .* \(line 2\)"),
        ("a:\n- b: 1\n- b: 1\n  c: 2\n  b: 3\n", r"line 5: the key 'b' .* \(line 3\)"),
        ('{"a": {"b": 1,\n"b": 2}}', r"line 2: the key 'b' .* \(line 1\)"),
    ],
)
def test_check_repeated_keys__names_both_lines(tmp_path, text, words):
    (tmp_path / "good.yaml").write_text("a: {b: 1}\nc: {b: 1}\n")
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(InputError, match=rf"bad\.yaml: {words}"):
        check_repeated_keys([tmp_path / "good.yaml", tmp_path / "bad.yaml"])


@pytest.mark.parametrize("text", ["", "a: 1\n", "&x a: *x\n", "a: [\n", "- a\n- a\n", "\xff"])
def test_check_repeated_keys__leaves_the_rest_to_snakemake(tmp_path, text):
    (tmp_path / "c.yaml").write_text(text, encoding="latin-1")
    check_repeated_keys([tmp_path / "c.yaml", tmp_path / "absent.yaml"])


def test_check_repeated_keys__merged_keys_are_not_repeated(tmp_path):
    (tmp_path / "c.yaml").write_text("a: &a {b: 1}\nc: {<<: *a, b: 2}\nd: *a\n")
    check_repeated_keys([tmp_path / "c.yaml"])
