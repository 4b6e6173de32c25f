"""Each feature normal on its own: class means, and variances of all classes together, with noise."""

from genodiff.formats.tensors import Layout
from genodiff.generators.gaussian_dp import GaussianDp


class IndependentDp(GaussianDp):
    """A Gaussian without covariances."""

    diagonal = True

    def __init__(self, layout: Layout, privacy: dict[str, float]):
        super().__init__(layout, privacy, neighbours=0)
