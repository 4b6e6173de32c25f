"""Tables of individuals as users write them."""

import pytest

from genodiff.formats.phenotypes import read_phenotypes, read_table
from genodiff.runtime.errors import InputError


def table(tmp_path, content):
    path = tmp_path / "individuals.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def phenotypes(tmp_path, content, family=None):
    """Rows of read_phenotypes as lists."""
    found = read_phenotypes(table(tmp_path, content), "id", "status", family)
    assert found.columns.tolist() == ["sample", "label", "family"]
    return found.to_numpy().tolist()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", ["\t", ",", " ", "   ", ", "])
def test_read_table__any_separator_and_ids_stay_strings(tmp_path, separator, bom, end):
    rows = [["id", "status", "age"], ["007", "case", "1e3"], ["1.0", "NA", "True"], ["0x1F", "2", "nan"]]
    content = bom + "".join(separator.join(row) + end for row in rows).encode()
    found = read_table(table(tmp_path, content))
    assert found.columns.tolist() == rows[0]
    assert found.to_numpy().tolist() == rows[1:]


def test_read_table__blanks_inside_values_and_quotes(tmp_path):
    found = read_table(table(tmp_path, 'id,status\n"a,b",ill one\nc,\n'))
    assert found.to_numpy().tolist() == [["a,b", "ill one"], ["c", ""]]
    found = read_table(table(tmp_path, "id\tstatus\na b\till, very\n"))
    assert found.to_numpy().tolist() == [["a b", "ill, very"]]


@pytest.mark.parametrize(
    "content", ["id status \na case \nb control \n", " id status\n a case\n b control\n"]
)
def test_read_table__blanks_around_lines_do_not_shift_columns(tmp_path, content):
    found = read_table(table(tmp_path, content))
    assert found[["id", "status"]].to_numpy().tolist() == [["a", "case"], ["b", "control"]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1: expected a header"),
        (b"\nid status\n", "line 1: expected a header"),
        (b"id\tstatus\n\xff\xfe\tcase\n", "line 2: not a text file in UTF-8: byte 0xff"),
        (b'id,status\n"a,case\nb,control\n', "line 2: not a readable table"),
    ],
)
def test_read_table__raises_with_the_file(tmp_path, content, says):
    with pytest.raises(InputError, match=rf"individuals\.txt: {says}"):
        read_table(table(tmp_path, content))


def test_read_table__raises_on_no_file(tmp_path):
    with pytest.raises(InputError, match=r"individuals\.txt: no such file"):
        read_table(tmp_path / "individuals.txt")


@pytest.mark.parametrize(
    "content",
    ["id\tstatus\na\tcase\nb\tcontrol\textra\n", "id population\na Han Chinese\nb Sri Lankan\n"],
    ids=["one line", "every line"],
)
def test_read_table__raises_on_lines_with_too_many_values(tmp_path, content):
    with pytest.raises(InputError, match=r"individuals\.txt"):
        read_table(table(tmp_path, content))


@pytest.mark.parametrize(
    "code", ["", "NA", "N/A", "NaN", "nan", "Na", "NULL", "#N/A", "<NA>", ".", "-9", " NA "]
)
def test_read_phenotypes__missing_codes_have_no_label(tmp_path, code):
    content = f"id\tstatus\n007\tcase\n08\t{code}\n"
    assert phenotypes(tmp_path, content) == [["007", "case", "007"], ["08", None, "08"]]


def test_read_phenotypes__all_labelled_or_none(tmp_path):
    assert phenotypes(tmp_path, "id,status\na,1\nb,2\n") == [["a", "1", "a"], ["b", "2", "b"]]
    assert phenotypes(tmp_path, "id,status\na,NA\nb,-9\n") == [["a", None, "a"], ["b", None, "b"]]


@pytest.mark.parametrize("content", ["id\tstatus\na\tcase\nb\n", "id fam status\na F case\nb  case\n"])
def test_read_table__raises_on_a_line_with_too_few_values(tmp_path, content):
    """It is unknown which value is missing: a label must not become a family."""
    with pytest.raises(InputError, match=r"individuals\.txt: line 3: . values for . columns; write NA"):
        read_table(table(tmp_path, content))


def test_read_table__raises_on_two_columns_of_one_name(tmp_path):
    with pytest.raises(InputError, match="two columns are named 'status'"):
        read_table(table(tmp_path, "id,status,status\na,1,2\n"))


def test_read_table__empty_lines_are_ignored(tmp_path):
    assert len(read_table(table(tmp_path, "id,status\na,1\n\nb,2\n,\n\n"))) == 2


def test_read_phenotypes__families_and_individuals_alone(tmp_path):
    content = "fam,id,status\nF1,a,case\nF1,b,control\nNA,c,case\n,d,NA\n 01 , e , case\n"
    assert phenotypes(tmp_path, content, "fam") == [
        ["a", "case", "F1"],
        ["b", "control", "F1"],
        ["c", "case", "c"],
        ["d", None, "d"],
        ["e", "case", "01"],
    ]


def test_read_phenotypes__drops_exact_repetitions(tmp_path):
    content = "id,status,age\na,case,1\nb,NA,2\na,case,3\nb,-9,2\n"
    assert phenotypes(tmp_path, content) == [["a", "case", "a"], ["b", None, "b"]]


@pytest.mark.parametrize(
    ("rows", "family"),
    [("a,case,F\na,control,F\n", None), ("a,case,F\na,NA,F\n", None), ("a,case,F\na,case,E\n", "fam")],
)
def test_read_phenotypes__raises_on_a_sample_with_two_values(tmp_path, rows, family):
    with pytest.raises(InputError, match=r"individuals\.txt: sample 'a' .*more than once"):
        phenotypes(tmp_path, "id,status,fam\n" + rows, family)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (("who", "status", None), r"'who', which cohort\.sample_column names.*'id', 'status'"),
        (("id", "ill", None), r"'ill', which cohort\.label_column names"),
        (("id", "status", "fam"), r"'fam', which cohort\.family_column names"),
    ],
)
def test_read_phenotypes__raises_on_an_absent_column(tmp_path, columns, says):
    with pytest.raises(InputError, match=rf"individuals\.txt: no column {says}"):
        read_phenotypes(table(tmp_path, "id status\na case\n"), *columns)


def test_read_phenotypes__family_0_is_a_family_but_in_plinks_tables(tmp_path):
    own = phenotypes(tmp_path, "id,status,fam\na,x,0\nb,y,0\nc,x,NA\n", "fam")
    assert own == [["a", "x", "0"], ["b", "y", "0"], ["c", "x", "c"]]
    for name in ("p.pheno", "p.tsv"):
        (tmp_path / name).write_text("#FID IID status\n0 a x\n0 b y\n")
        plink = read_phenotypes(tmp_path / name, "IID", "status", "FID")
        assert plink["family"].tolist() == ["a", "b"]
    # A column of ids called IID makes no table of PLINK's.
    (tmp_path / "own.tsv").write_text("IID status fam\na x 0\nb y 0\n")
    own = read_phenotypes(tmp_path / "own.tsv", "IID", "status", "fam")
    assert own["family"].tolist() == ["0", "0"]


def test_read_phenotypes__a_fam_may_mix_tabs_and_blanks(tmp_path):
    (tmp_path / "x.fam").write_text("f\ta\t0\t0\t1\t2\nf b 0  0 2 1\n\n")
    found = read_phenotypes(tmp_path / "x.fam", "sample", "phenotype", None)
    assert found["label"].tolist() == ["2", "1"]


def test_read_table__as_r_writes_it(tmp_path):
    quoted = table(tmp_path, '"id" "status"\n"S 1" "case"\n"S2" NA\n')
    found = read_phenotypes(quoted, "id", "status", None)
    assert found["sample"].tolist() == ["S 1", "S2"]
    assert found["label"].tolist() == ["case", None]
    named = table(tmp_path, '"id" "status"\n"1" "S1" "case"\n"2" "S2" "control"\n')
    with pytest.raises(InputError, match=r"line 2: one value more .* row\.names = FALSE"):
        read_table(named)


@pytest.mark.parametrize("content", ["0 S01 0\n0 S02 1\n", "S01\t0\nS02\t1\n"])
def test_read_phenotypes__says_where_names_of_columns_are_expected(tmp_path, content):
    with pytest.raises(InputError, match="first line"):
        read_phenotypes(table(tmp_path, content), "sample", "phenotype", None)


@pytest.mark.parametrize("mark", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u00a0")
@pytest.mark.parametrize("separator", ["\t", ",", " "])
def test_read_table__other_separators_belong_to_values(tmp_path, mark, separator):
    content = "id,status,note\na,case,x|y\nb,control,z\n".replace(",", separator).replace("|", mark)
    found = read_table(table(tmp_path, content))
    assert found["note"].tolist() == [f"x{mark}y", "z"]


def test_read_table__lines_may_end_with_carriage_returns(tmp_path):
    assert phenotypes(tmp_path, "id\tstatus\ra\tcase\rb\tNA\r") == [["a", "case", "a"], ["b", None, "b"]]


def test_read_table__values_may_contain_lines_but_not_rows(tmp_path):
    found = read_table(table(tmp_path, 'id,status,note\na,case,"one\ntwo"\nb,control,\n'))
    assert found["note"].tolist() == ["one\ntwo", ""]
    swallowed = 'id\tstatus\tnote\na\tcase\tx\nb\tcase\t"y\nc\tcontrol\tz"\nd\tcase\tx\n'
    with pytest.raises(InputError, match=r"individuals\.txt: line 3: a value in quotation marks"):
        read_table(table(tmp_path, swallowed))
    # The number of a line counts all lines before it.
    ragged = 'id,status,note\na,case,"one\ntwo"\nb,control\n'
    with pytest.raises(InputError, match="line 4: 2 values for 3 columns"):
        read_table(table(tmp_path, ragged))


@pytest.mark.parametrize("comment", ["# of 2024, by me\n", "#made\tby\n", "#x\n"])
def test_read_phenotypes__a_comment_is_no_header(tmp_path, comment):
    with pytest.raises(InputError, match=r"line 1: the header is missing: the line is a comment"):
        phenotypes(tmp_path, comment + "id\tstatus\na\tcase\n")


@pytest.mark.parametrize(
    "content", ["007\tcase\n08\tcontrol\n", "S1,0\nS2,1\n", "0 S1 NA\n0 S2 1\n", "S1 S2 1\na b c d\n"]
)
def test_read_phenotypes__values_are_no_header(tmp_path, content):
    with pytest.raises(InputError, match="line 1: the header is missing: expected the names of the col"):
        phenotypes(tmp_path, content)


def test_read_phenotypes__unknown_labels_are_counted_and_the_first_few_named(tmp_path, caplog):
    rows = [f"S{i}\t{label}\n" for i, label in enumerate(["1", "NaN", "2", "nan", "n/a", "NaN", "NaN"])]
    phenotypes(tmp_path, "id\tstatus\n" + "".join(rows))
    (record,) = caplog.records
    assert "5 individuals have no phenotype (NaN: 3, nan: 1, n/a: 1)" in record.getMessage()
    assert "for example 'S1', 'S3', 'S4':" in record.getMessage()
    assert "S5" not in record.getMessage()


def test_read_phenotypes__batches_in_two_spellings_are_said(tmp_path, caplog):
    path = table(tmp_path, "id\tstatus\tbatch\na\t1\t1\nb\t2\t1.0\n")
    read_phenotypes(path, "id", "status", None, "batch")
    assert "batches '1' and '1.0' are the same number" in caplog.text
