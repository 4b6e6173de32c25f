"""iter_snps against a slow, obvious parser of the same text."""

import re
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genodiff.genotypes.vcf import iter_snps

SAMPLES = ["s1", "007", "P-3", "x"]
CALLS = {
    1: ["0", "1", "."],
    2: ["0/0", "0|1", "1|0", "0/2", "1/1", "0/1", "./.", ".|.", ".", "./1", "0/.", ".|0", "1|."],
    3: ["0/0/1", "1|1|1", "./.", "0/1", "././."],
}
# Of three alleles in a record, the calls may name the second ALT.
SECOND_ALT = ["0/2", "1|2", "2/2"]
ALTS = ["C", "G", "t", "g", ".", "*", "<DEL>", "CT", "G,T", "C,*", "g,CT"]


@st.composite
def records(draw):
    ref = draw(st.sampled_from(["A", "a", "A", "N", "AT"]))
    alt = draw(st.sampled_from(ALTS))
    calls = CALLS[draw(st.sampled_from([1, 2, 2, 2, 3]))]
    if "," in alt:
        calls = calls + SECOND_ALT
    elif alt == ".":
        calls = ["0/0", "./.", "."]
    genotypes = [draw(st.sampled_from(calls)) for _ in SAMPLES]
    name = draw(st.sampled_from([".", "rs1", "a;b"]))
    return ("1", draw(st.integers(1, 12)), name, ref, alt, genotypes)


def slow_dosage(call, counts):
    if "." in call:
        return -1
    if len(call) != 2:
        counts["calls_not_diploid"] += 1
        return -1
    if max(call) > "1":
        counts["calls_of_unknown_allele"] += 1
        return -1
    return sum(map(int, call))


def slow_snps(text, wanted):
    """(SNPs as tuples, counts) by splitting lines."""
    lines = text.splitlines()
    header = next(line for line in lines if line.startswith("#CHROM")).split("\t")
    snps, counts, kept = [], Counter(), set()
    for line in lines:
        if line.startswith("#"):
            continue
        row = dict(zip(header, line.split("\t"), strict=True))
        counts["records"] += 1
        ref, alts = row["REF"].upper(), row["ALT"].upper().split(",")
        calls = {name: re.split(r"[/|]", row[name]) for name in SAMPLES}
        key = (row["POS"], ref, alts[0])
        if alts == ["."]:
            counts["no_alternate_allele"] += 1
        elif len(alts) > 1:
            counts["multiallelic"] += 1
        elif ref not in list("ACGT") or alts[0] not in list("ACGT"):
            counts["not_a_snp"] += 1
        elif key in kept:
            counts["duplicate"] += 1
        else:
            kept.add(key)
            dosage = [slow_dosage(calls[n], counts) for n in wanted]
            snps.append((row["#CHROM"], int(row["POS"]), row["ID"], ref, alts[0], dosage))
    return snps, counts


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    found=st.lists(records(), min_size=1, max_size=8),
    wanted=st.lists(st.sampled_from(SAMPLES), min_size=1, unique=True),
)
def test_iter_snps__agrees_with_a_slow_parser(tmp_path_factory, make_text, index_text, found, wanted):
    text = make_text(sorted(found, key=lambda record: record[1]), SAMPLES)
    path = index_text(tmp_path_factory.mktemp("vcf") / "x.vcf.gz", text)
    counts = Counter()
    snps = list(iter_snps(path, "1", wanted, counts))
    assert all(s.dosage.dtype == np.int8 for s in snps)
    got = [(s.chrom, s.pos, s.id, s.ref, s.alt, s.dosage.tolist()) for s in snps]
    assert (got, counts) == slow_snps(text, wanted)
