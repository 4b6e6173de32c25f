"""The SNP matrix of any VCF against a slow, obvious parser of the same text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genodiff.genotypes.readers import open_genotypes
from genodiff.genotypes.snps import iter_snps
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

SAMPLES = ["s1", "007", "P-3", "x", "NA"]
HEAD = (
    '##fileformat=VCFv4.2\n##contig=<ID=1>\n##contig=<ID=chr2>\n##FILTER=<ID=q10,Description="x">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
)


@st.composite
def calls(draw, alleles):
    """A genotype of one to four alleles, any of which may be missing, phased or not."""
    number = st.integers(0, alleles).map(str)
    ploidy = draw(st.sampled_from([1, 2, 2, 2, 2, 2, 3, 4]))
    parts = [draw(st.one_of(number, number, number, st.just("."))) for _ in range(ploidy)]
    text = parts[0]
    for part in parts[1:]:
        text += draw(st.sampled_from("/|")) + part
    return text


@st.composite
def records(draw):
    """A line without its contig: position, id, alleles, filter, format and a call for all
    individuals."""
    ref = draw(st.sampled_from(["A", "a", "A", "N", "AT", "C"]))
    one = st.sampled_from(["C", "G", "t", "g", "a", "*", "<DEL>", "CT"])
    alts = draw(st.one_of(st.just([]), st.lists(one, min_size=1, max_size=1), st.lists(one, max_size=3)))
    # One allele more than the record has, now and then.
    genotypes = [draw(calls(len(alts) + draw(st.sampled_from([0, 0, 0, 1])))) for _ in SAMPLES]
    form = draw(st.sampled_from(["GT", "GT", "GT", "GT:DP", "DP:GT", "DP"]))
    values = {"GT": "{}", "GT:DP": "{}:7", "DP:GT": "7:{}", "DP": "7"}[form]
    passed = draw(st.sampled_from(["PASS", ".", "q10"]))
    fixed = [
        draw(st.sampled_from([".", "rs1", "a;b"])),
        ref,
        ",".join(alts) or ".",
        ".",
        passed,
        ".",
        form,
    ]
    return draw(st.integers(1, 12)), [*fixed, *(values.format(call) for call in genotypes)]


def slow_call(call, tally):
    """Dosage of a call, and what is counted of it."""
    alleles = re.split(r"[/|]", call)
    if "." in alleles:
        if set(alleles) != {"."}:
            tally["call", "half_missing"] = tally.get(("call", "half_missing"), 0) + 1
        return -1
    reason = (
        "not_diploid" if len(alleles) != 2 else "unknown_allele" if max(map(int, alleles)) > 1 else None
    )
    if reason:
        tally["call", reason] = tally.get(("call", reason), 0) + 1
        return -1
    return sum(map(int, alleles))


def slow_snps(text, contig, order, passed_only):
    """(SNPs as tuples, counts) by splitting lines."""
    snps, tally, kept = [], {}, {}
    header = next(line for line in text.splitlines() if line.startswith("#CHROM")).split("\t")
    for line in text.splitlines():
        row = dict(zip(header, line.split("\t"), strict=False))
        if line.startswith("#") or row["#CHROM"] != contig:
            continue
        ref, alts = row["REF"].upper(), row["ALT"].upper().split(",")
        keys, key = row["FORMAT"].split(":"), (row["POS"], ref, alts[0])
        dosage = reason = None
        if alts == ["."]:
            reason = "no_alternate_allele"
        elif len(alts) > 1:
            reason = "multiallelic"
        elif ref not in list("ACGT") or alts[0] not in list("ACGT") or ref == alts[0]:
            reason = "not_a_snp"
        elif passed_only and row["FILTER"] == "q10":
            reason = "filter_not_passed"
        elif "GT" not in keys:
            reason = "no_genotypes"
        else:
            dosage = {n: slow_call(row[n].split(":")[keys.index("GT")], tally) for n in SAMPLES}
            if key in kept:
                reason = "duplicate" if kept[key] == dosage else "duplicate_conflict"
        if reason:
            tally["record", reason] = tally.get(("record", reason), 0) + 1
            continue
        kept[key] = dosage
        chosen = [dosage[name] for name in order]
        snps.append((contig.removeprefix("chr"), int(row["POS"]), row["ID"], ref, alts[0], chosen))
    return snps, tally


@settings(max_examples=250)
@given(
    first=st.lists(records(), min_size=1, max_size=6),
    second=st.lists(records(), max_size=3),
    columns=st.permutations(SAMPLES),
    wanted=st.lists(st.sampled_from(SAMPLES), min_size=1, unique=True),
    chosen=st.sampled_from(["1", "2"]),
    passed_only=st.booleans(),
)
@pytest.mark.slow
def test_iter_snps__agrees_with_a_slow_parser(
    tmp_path_factory, index_text, first, second, columns, wanted, chosen, passed_only
):
    lines = [
        "\t".join(["#CHROM", *["POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"], *columns])
    ]
    for contig, found in (("1", first), ("chr2", second)):
        ordered = sorted(found, key=lambda record: record[0])
        lines += ["\t".join([contig, str(pos), *row]) for pos, row in ordered]
    text = HEAD + "\n".join(lines) + "\n"
    path = index_text(tmp_path_factory.mktemp("vcf") / "x.vcf.gz", text)
    contig = "1" if chosen == "1" else "chr2"
    expected, counts = slow_snps(text, contig, wanted, passed_only)
    tally, reader = Tally(), open_genotypes("vcf", path)
    if not expected and ("record", "no_genotypes") in counts:
        with pytest.raises(InputError, match=r"no record of .* has genotypes"):
            list(iter_snps(reader, chosen, wanted, tally, passed_only=passed_only))
        return
    found = list(iter_snps(reader, chosen, wanted, tally, passed_only=passed_only))
    got = [(s.chrom, s.pos, s.id, s.ref, s.alt, s.dosage.tolist()) for s in found]
    assert got == expected
    assert {(unit, what): count.count for unit, what, count in tally} == counts
