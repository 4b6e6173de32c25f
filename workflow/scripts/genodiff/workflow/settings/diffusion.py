"""Settings of diffusion models: a recipe, and keys that override it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model
from pydantic_core import PydanticKnownError

from genodiff.diffusion import SCHEDULES
from genodiff.diffusion.predictions import PREDICTIONS
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.registry import Number, Positive, Settings
from genodiff.workflow.recipes import RECIPES


def _not_a_number(value: Any) -> Any:
    # A Literal takes 1 for True.
    if type(value) is int:
        raise PydanticKnownError("literal_error", {"expected": "auto, true or false"})
    return value


class _ScheduleName(Settings):
    name: Literal[tuple(SCHEDULES)] = None
    """noise schedule"""


# The settings of all schedules; which of them go with a name is checked when the recipe is resolved.
Schedule = create_model(
    "Schedule", __base__=(*(entry.settings for entry in SCHEDULES.values()), _ScheduleName)
)


class LogSigma(Settings):
    mean: Number = -1.2
    """mean of the logarithm of sigma"""
    deviation: Annotated[Number, Field(gt=0)] = 1.2
    """standard deviation of the logarithm of sigma"""


class Overrides(Settings):
    """Keys that override the recipe where they are given; null is a value of its own."""

    schedule: Schedule = None
    """the noise schedule"""
    prediction: Literal[tuple(PREDICTIONS)] = None
    """what the network predicts: the noise, the individuals (`x0`) or `v` (Salimans & Ho)"""
    learning_rate: Annotated[Number, Field(gt=0, le=1)] = None
    """learning rate of Adam, after a warm-up and before a cosine decay to 0"""
    warmup_steps: Annotated[int, Field(ge=0)] = None
    """steps over which the learning rate rises from 0"""
    epochs: Positive = None
    """passes over the training individuals; the epoch of least validation loss is kept"""
    patience: Positive | None = None
    """training ends when the validation loss has not fallen for so many epochs; null: after all
    `epochs`, over which the learning rate falls in either case"""
    batch_size: Positive = None
    """individuals of a step, over all processes"""
    gradient_clip: Annotated[Number, Field(gt=0)] | None = None
    """largest norm of the gradient; null: no limit"""
    ema_half_life: Annotated[Number, Field(gt=0)] | None = None
    """half-life, in individuals seen, of the moving average of the weights that is kept, at most 5% of
    all seen so far; null: the weights themselves are kept"""
    min_snr: Annotated[Number, Field(gt=0)] | None = None
    """gamma of min-SNR-gamma loss weights (Hang et al. use 5); null: all noise levels weigh the same"""
    log_sigma: LogSigma | None = None
    """normal distribution of the logarithm of sigma, the ratio of noise to signal, in training steps, as
    in Karras et al. (`{mean: -1.2, deviation: 1.2}`); null: all steps of the schedule are as likely"""
    drop_labels: Annotated[Number, Field(ge=0, lt=1)] = None
    """share of the training individuals whose label is hidden in a step, as if they had none; what
    `guidance` needs where all individuals have a label (0.1, for example)"""
    recombination: Annotated[Number, Field(gt=0, le=0.5)] | None = None
    """probability of a switch between neighbouring genes at which individuals receive segments of
    chromosomes of another individual of their class (or of another unlabelled one) in each training
    step; null: they receive none"""
    shrink_scores: bool = None
    """components of training individuals, to whom they fit best, are multiplied by numbers that make
    them vary as those of validation individuals do, where these vary clearly less"""
    unmasked_only: bool = None
    """dense networks (`unet_mlp`, `baseline`, the dense part of `mlp_cnn`) leave padded features out:
    the same result on unmasked features with less work"""
    precision: Literal["auto", "float32", "bfloat16"] = None
    """`bfloat16` is for products only, weights stay float32; `auto`: bfloat16 where the hardware has it
    and the network is large enough to gain"""
    compile: Annotated[Literal["auto", True, False], BeforeValidator(_not_a_number)] = None
    """torch.compile; `auto`: on a GPU only"""
    sampler: Literal[tuple(SAMPLERS)] = None
    """sampler; `dpm_solver` is DPM-Solver++ 2M; `heun` applies the network twice in each step but the
    first and the last"""
    sampler_steps: Positive | None = None
    """steps of sampling, chosen from those of the schedule; null: all of them. On a cosine schedule
    fewer steps, `ddim`, `dpm_solver` and `heun` need `prediction: v` or `x0`"""
    sampler_grid: Literal["time", "karras"] = None
    """which steps `sampler_steps` chooses: evenly spaced ones (`time`), or those whose ratios of noise
    to signal are spaced as in Karras et al., more of them at both ends of the schedule (`karras`)"""
    eta: Annotated[Number, Field(ge=0, le=1)] = None
    """noise that `ddim` adds: 0 none, 1 as much as `ancestral`"""
    churn: Annotated[Number, Field(ge=0)] = None
    """noise that `dpm_solver` and `heun` replace in a step, S_churn of Karras et al.: 0 none;
    `sampler_steps` times 0.41 or more gives the largest amount"""
    guidance: Annotated[Number, Field(ge=0)] = None
    """classifier-free guidance (Ho & Salimans): x_0 is that of an unlabelled individual plus `guidance`
    times the difference to that of the class; 1: that of the class alone. Above 1 classes are further
    apart than real ones, and drawing takes twice as long"""


class Diffusion(Overrides):
    recipe: Literal[tuple(RECIPES)] = "paper"
    """named set of the settings below; every key that is given overrides it"""


class OwnDiffusion(Overrides):
    recipe: Literal[tuple(RECIPES)] = None
    """recipe of this generator instead of that of `diffusion`"""


def given(section: Settings) -> dict[str, Any]:
    """The override keys that the configuration has."""
    keys = set(Overrides.model_fields) | {"recipe"}
    return section.model_dump(include=keys, exclude_unset=True)
