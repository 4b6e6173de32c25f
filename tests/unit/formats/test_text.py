"""Text files of users, and files that are something else."""

import gzip
import io
import zipfile

import pyarrow as pa
import pytest

from genodiff.annotations.lines import bed_intervals
from genodiff.formats.text import open_text, words
from genodiff.genotypes.readers.plink_tables import iter_variants, read_individuals
from genodiff.runtime.errors import InputError

TEXT = "sample\tstatus\nS1\té\n"
# What str.splitlines takes for ends of lines, and text files do not.
NO_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def write(tmp_path, content, name="x.tsv"):
    (tmp_path / name).write_bytes(content)
    return str(tmp_path / name)


def read(path):
    with open_text(path) as file:
        return list(file)


def archive(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as found:
        for name, text in files.items():
            # Without the present time: archives are parameters, which must be equal in every worker.
            found.writestr(zipfile.ZipInfo(name.replace("__", "/")), text)
    return content.getvalue()


def zstd(content):
    return pa.compress(content, codec="zstd", asbytes=True)


@pytest.mark.parametrize("packed", [bytes, gzip.compress, zstd])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_open_text__plain_or_compressed_whatever_its_name(tmp_path, packed, encoding):
    assert read(write(tmp_path, packed(TEXT.encode(encoding)))) == ["sample\tstatus\n", "S1\té\n"]


def test_open_text__lines_end_at_line_feeds_and_carriage_returns_only(tmp_path):
    lines = ["a\n", "b\r\n", "c\r", f"d{NO_LINE_ENDS}e\n", "f"]
    assert read(write(tmp_path, "".join(lines).encode())) == lines


def test_words__are_separated_by_blanks_and_tabs_only():
    assert words(f" a{NO_LINE_ENDS}\u00a0b \t c\r\n") == [f"a{NO_LINE_ENDS}\u00a0b", "c"]


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE"),
        ("utf-32", "UTF-32"),
    ],
)  # fmt: skip
def test_open_text__names_the_encoding_and_converts(tmp_path, packed, encoding, named):
    path = write(tmp_path, packed(TEXT.encode(encoding)))
    with pytest.raises(
        InputError, match=rf"x\.tsv: .* in {named}\b.*iconv -f {named} -t UTF-8 .*x\.tsv"
    ):
        read(path)


def test_open_text__names_the_line_of_a_byte_of_latin_1(tmp_path):
    lines = [f"S{number}\tcase" for number in range(5000)]
    lines[4321] = "Zoë\tcase"
    path = write(tmp_path, "\r".join(lines).encode("latin-1"))
    with pytest.raises(InputError, match=r"x\.tsv: line 4322: .* byte 0xeb, as in Latin-1 .*iconv"):
        read(path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (archive(xl__workbook=""), r"an Excel workbook \(\.xlsx\)"),
        (
            archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
            r"an OpenDocument spreadsheet \(\.ods\)",
        ),
        (archive(a=""), "a zip archive"), (b"PK\x03\x04 and no more", "a damaged zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), r"an Excel workbook \(\.xls"),
        (b"\n<HTML><table>", "HTML"), (b'<?xml version="1.0"?><Workbook>', "XML"),
        (b"PAR1" + bytes(9), "a Parquet file"), (b"id\tx\nS1\ta\0b\n", "binary: line 2 has a zero byte"),
    ],
)  # fmt: skip
def test_open_text__names_a_format_that_is_not_text(tmp_path, content, kind):
    with pytest.raises(InputError, match=rf"x\.tsv: not a text file in UTF-8 but {kind}.*; "):
        read(write(tmp_path, content))


def test_open_text__of_a_zip_archive_says_how_to_unpack_it(tmp_path):
    with pytest.raises(InputError, match="a zip archive; unpack it: unzip"):
        read(write(tmp_path, archive(a="")))


@pytest.mark.parametrize("packed", [gzip.compress, zstd])
def test_open_text__says_that_a_file_is_damaged(tmp_path, packed):
    path = write(tmp_path, packed(bytes(range(1, 128)) * 99)[:60])
    with pytest.raises(InputError, match="truncated or damaged"):
        read(path)


def test_open_text__names_the_setting_of_a_file_that_is_absent(tmp_path):
    with pytest.raises(InputError, match=r"x: no such file \(cohort\.genes\)"), \
         open_text(tmp_path / "x", "cohort.genes"):  # fmt: skip
        pass


def test_gene_lists_and_tables_of_plink_are_read_so_too(tmp_path):
    bed = write(tmp_path, "1\t0\t9\tA\x0bB\r1 5 9 C\u00a0D\r".encode("utf-8-sig"), "x.bed")
    assert [(i.line, i.name) for i in bed_intervals(bed)] == [(1, "A\x0bB"), (2, "C\u00a0D")]
    psam = write(tmp_path, "#FID IID\nF\x1c1 a\nF\u00a02 b\n".encode("utf-8-sig"), "x.psam")
    assert read_individuals(psam) == ["a", "b"]
    bim = write(tmp_path, "1 rs1 0 5 C A\n".encode("utf-8-sig"), "x.bim")
    assert [variant.contig for variant in iter_variants(bim)] == ["1"]
    for reader, name in (
        (bed_intervals, "y.bed"),
        (read_individuals, "y.fam"),
        (iter_variants, "y.bim"),
    ):
        with pytest.raises(InputError, match=rf"{name}: .* in UTF-16"):
            list(reader(write(tmp_path, TEXT.encode("utf-16"), name)))
