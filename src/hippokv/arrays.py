"""The type of most arrays, and that of a mean with its interval."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: A mean, and the half width of its interval.
Estimate = tuple[float, float]
