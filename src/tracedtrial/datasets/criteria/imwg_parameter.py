"""One measured parameter over a patient's visits: its change from baseline, its lowest value."""

from collections.abc import Callable

import numpy as np
import pandas as pd

EDGE = 1e-9  # decimals such as 0.9 * 1.1 are not exact in binary


class Parameter:
    """Serum or urine M-protein, or the light-chain difference, one value a visit.

    `value` and `base` are floats by visit, NaN where not measured; `change` is relative to
    baseline, NaN without a positive one; `lowest` is the lowest value before the visit (IMWG-7).
    """

    def __init__(
        self, subjects: pd.Series, value: pd.Series, base: pd.Series, *, confirmed: bool
    ) -> None:
        self.value, self.base = value.to_numpy(float), base.to_numpy(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            change = self.value / self.base - 1
        self.change = np.where(self.base > 0, change, np.nan)
        self.lowest = lowest_before(subjects, value, base, confirmed=confirmed).to_numpy(float)

    @property
    def measured(self) -> np.ndarray:
        return ~np.isnan(self.value)

    def down(self, share: float) -> np.ndarray:
        return self.change <= -share + EDGE

    def up(self, asked: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Up by 25% or more from the lowest value, by a rise for which `asked` holds (IMWG-8)."""
        rise = self.value - self.lowest
        return (rise >= 0.25 * self.lowest - EDGE) & asked(rise)

    def risen(self, absolute: float, least: float) -> np.ndarray:
        """Up by `absolute` or more from a lowest value of `least` or more (IMWG-9)."""
        return (self.lowest >= least - EDGE) & (self.value - self.lowest >= absolute - EDGE)


def lowest_before(
    subjects: pd.Series, value: pd.Series, base: pd.Series, *, confirmed: bool
) -> pd.Series:
    """The lowest value before each visit, baseline included (IMWG-7).

    A `confirmed` lowest value is one that two consecutive measurements do not exceed; the first
    measurement counts as it stands. Visits are in order of date within `subjects`; a visit that
    was not measured is passed over. NaN before the first measurement without a baseline.

    Examples
    --------
    A single dip to 1.4 from a baseline of 3.0:

    >>> one, base = pd.Series(["01"] * 4), pd.Series([3.0] * 4)
    >>> value = pd.Series([2.0, 2.1, 1.4, 2.0])
    >>> lowest_before(one, value, base, confirmed=True).tolist()
    [3.0, 3.0, 2.1, 2.1]
    >>> lowest_before(one, value, base, confirmed=False).tolist()
    [3.0, 2.0, 2.0, 1.4]
    """
    measured = value.dropna()
    owner, start = subjects.loc[measured.index], base.loc[measured.index]
    before = measured.groupby(owner, observed=True).shift().fillna(start)
    reached = np.fmax(measured, before) if confirmed else measured
    lowest = np.fmin(reached.groupby(owner, observed=True).cummin(), start)
    return lowest.groupby(owner, observed=True).shift().fillna(start).reindex(value.index)
