"""What is tried for every diffusion model: its training but for epochs and batch size, which are the
budget, and its drawing."""

from typing import Any

from genodiff.tuning.spaces.base import RECIPE, Choice, Parameter, Range

# Factor between the configured learning rate and the limits of those that are tried.
_REACH = 5


def _sampling(
    sampler: str, steps: int, grid: str, *, churn: float = 0.0, eta: float = 0.0
) -> dict[str, Any]:
    return {
        "sampler": sampler, "sampler_steps": steps, "sampler_grid": grid, "churn": churn, "eta": eta,
    }  # fmt: skip


_SAMPLINGS = (
    _sampling("dpm_solver", 15, "time"),
    _sampling("dpm_solver", 25, "karras"),
    _sampling("dpm_solver", 40, "karras", churn=10.0),
    _sampling("heun", 15, "karras"),
    _sampling("ddim", 50, "time", eta=1.0),
)


def _one_key(key: str, *values: Any) -> Choice:
    return Choice(key, RECIPE, tuple({key: value} for value in values))


def parameters(diffusion: dict[str, Any]) -> list[Parameter]:
    """Of a complete recipe. The noise schedule stays: what is left of it in a network's error is what
    `log_sigma` and `min_snr` change."""
    rate = diffusion["learning_rate"]
    return [
        Range("learning_rate", RECIPE, rate / _REACH, min(1.0, rate * _REACH)),
        _one_key("prediction", "v", "x0"),
        # Karras et al. 2022, and the same around a sigma of 0.7.
        _one_key(
            "log_sigma", None, {"mean": -1.2, "deviation": 1.2}, {"mean": -0.4, "deviation": 1.2}
        ),
        _one_key("min_snr", None, 5),
        _one_key("ema_half_life", None, 500, 2000, 8000),
        _one_key("recombination", None, 0.03, 0.1, 0.3),
        Choice(
            "labels", RECIPE,
            (
                {"drop_labels": 0.0, "guidance": 1.0},
                {"drop_labels": 0.1, "guidance": 1.0},
                {"drop_labels": 0.1, "guidance": 1.5},
            ),
        ),
        Choice(
            "sampling", RECIPE,
            tuple(own for own in _SAMPLINGS if own["sampler_steps"] < diffusion["schedule"]["steps"])
            or ({key: diffusion[key] for key in _SAMPLINGS[0]},),
        ),
    ]  # fmt: skip
