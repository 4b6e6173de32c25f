"""Schedules of both kinds, diffusers' schedulers with exact constants."""

import numpy as np
import pytest
import torch

from genodiff.diffusion.schedule import cosine, linear


@pytest.fixture(params=["linear", "cosine"])
def schedule(request):
    """Twenty steps that go from nearly no noise to a lot of it."""
    return {"linear": linear(20, 1e-3, 0.4), "cosine": cosine(20, 0.008)}[request.param]


def _exact_scheduler(kind, schedule, prediction="noise", **settings):
    beta, names = schedule.beta.numpy(), {"noise": "epsilon", "x0": "sample", "v": "v_prediction"}
    made = kind(len(beta), trained_betas=beta, prediction_type=names[prediction], **settings)
    made.betas, made.alphas = torch.from_numpy(beta), torch.from_numpy(1 - beta)
    made.alphas_cumprod = torch.from_numpy(np.cumprod(1 - beta))
    return made


@pytest.fixture(scope="session")
def exact_scheduler():
    """Function (class, schedule, prediction, settings): diffusers' scheduler on the betas of a schedule,
    its float32 constants replaced by float64 ones."""
    return _exact_scheduler


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(5)
