"""Seeds of jobs, derived from the seed of the run."""

from itertools import pairwise

from genodiff.runtime.seeds import job_seed


def test_job_seed__is_the_same_in_every_process():
    # The first 31 bits of sha256(b"7/train/baseline/0"): a change would change everyone's results.
    assert job_seed(7, "train", "baseline", 0) == 13_190_804


def test_job_seed__differs_by_run_stage_backbone_and_replicate():
    keys = [
        (seed, stage, backbone, replicate)
        for seed in range(5)
        for stage in ("train", "sample")
        for backbone in ("baseline", "unet_cnn", "unet_mlp")
        for replicate in range(20)
    ]
    seeds = [job_seed(*key) for key in keys]
    assert len(set(seeds)) == len(keys) == 600
    assert all(0 <= seed < 2**31 for seed in seeds)
    # They look drawn evenly: the largest gap of 600 even draws is far below a tenth of the range.
    ordered = sorted([0, *seeds, 2**31])
    assert max(b - a for a, b in pairwise(ordered)) < 2**31 / 10
