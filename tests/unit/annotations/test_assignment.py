"""Which genes a SNP belongs to, against brute force."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genodiff.annotations.assignment import Assignment
from genodiff.annotations.gene import Gene, genes_of


def brute_force(genes, pos, between):
    """Every gene at every position, by the definition."""
    covering = [i for i, gene in enumerate(genes) if gene.start < pos <= gene.end]
    if covering or between == "drop" or not genes:
        return covering

    def distance(i):
        left = genes[i].end < pos
        # Ties: the gene on the left, then the first one.
        return (pos - genes[i].end if left else genes[i].start + 1 - pos), not left, i

    return [min(range(len(genes)), key=distance)]


INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8)


@settings(max_examples=300)
@given(
    intervals=INTERVALS,
    positions=st.lists(st.integers(1, 100), max_size=30),
    between=st.sampled_from(["drop", "nearest"]),
)
@pytest.mark.slow
def test_assignment__agrees_with_brute_force(intervals, positions, between):
    genes = genes_of([Gene(f"g{i}", "1", s, s + n) for i, (s, n) in enumerate(intervals)], "1")
    assignment = Assignment(genes, between)
    for pos in sorted(positions):
        finished = assignment.finished(pos)
        found = assignment.genes_at(pos)
        assert found == brute_force(genes, pos, between)
        assert all(number >= finished for number in found)
        assert all(
            number not in brute_force(genes, later, between)
            for number in range(finished)
            for later in range(pos, 130)
        )
    at_the_end = assignment.finished(10**12)
    if between == "drop" or not genes:
        assert at_the_end == len(genes)
    else:
        # The gene that lies farthest right is never finished, nor are those behind it in order.
        assert at_the_end == max(range(len(genes)), key=lambda i: (genes[i].end, -i))


def test_assignment__edges_and_ties():
    genes = [Gene("a", "1", 10, 20), Gene("b", "1", 29, 40)]  # 11-20 and 30-40
    nearest = Assignment(genes, "nearest")
    found = {pos: [genes[i].name for i in nearest.genes_at(pos)] for pos in (1, 11, 20, 25, 26, 30, 99)}
    assert found == {1: ["a"], 11: ["a"], 20: ["a"], 25: ["a"], 26: ["b"], 30: ["b"], 99: ["b"]}
    # In the middle of an even gap: 5 bases to either.
    tie = Assignment([Gene("a", "1", 0, 10), Gene("b", "1", 19, 30)], "nearest")
    assert tie.genes_at(15) == [0]
    assert tie.genes_at(16) == [1]


def test_assignment__positions_must_not_go_back():
    assignment = Assignment([Gene("a", "1", 0, 10)])
    assignment.genes_at(5)
    with pytest.raises(ValueError, match="position 4 after 5"):
        assignment.genes_at(4)
    with pytest.raises(ValueError, match="'drop' or 'nearest'"):
        Assignment([], "nearby")


def test_assignment__looks_only_at_genes_nearby():
    """A chromosome of many genes costs no more for each SNP than one of few."""
    genes = [Gene(f"g{i:05d}", "1", 100 * i, 100 * i + 50) for i in range(5000)]
    assignment, active = Assignment(genes, "nearest"), 0
    for pos in range(1, 500_000, 50):
        assignment.finished(pos)
        assignment.genes_at(pos)
        active = max(active, len(assignment._active))
    assert active <= 3
