"""Each feature resampled on its own: the marginal distributions of the class, and nothing that links
features."""

import numpy as np

from genodiff.formats.tensors import Layout
from genodiff.generators.copies import Copies


class Independent(Copies):
    """Every feature of a new individual comes from a training individual of the class that is drawn for
    this feature alone."""

    def __init__(self, layout: Layout):
        super().__init__(layout, np.arange(layout.mask().sum()))
