"""The hazard ratio of two groups by Cox's model; lifelines, slow to import, is loaded here alone.

Nothing imports this module when it is itself imported: who needs it does so where it is used.
"""

import warnings
from math import exp
from statistics import NormalDist

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from numpy.typing import ArrayLike

from tracedtrial.statistics.arguments import fraction, numbers, refuse, subjects
from tracedtrial.statistics.survival import tied_times
from tracedtrial.statistics.two_groups import NOTHING, Compared

# Newton's steps end where half the square of a step, in standard errors, is below the precision;
# not, as by default, at a relative change of the likelihood of 1e-9, which leaves the ratio about
# seven digits.
STEPS = {"precision": 1e-20, "r_precision": 0.0, "max_steps": 500}


def hazard_ratio(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, level: float = 0.95
) -> Compared:
    """
    The hazard of one group over that of another by Cox's model [1]_, with Wald's interval.

    Tied events enter by Efron's approximation [2]_, and the interval is symmetric on the
    logarithm, as in R's ``coxph``.

    Parameters
    ----------
    time : array_like of float, shape (n,)
        Times, finite and not negative, all in one unit.
    event : array_like of bool, shape (n,)
        1 where a time ended with the event, 0 where it was censored.
    group : array_like of bool, shape (n,)
        1 in the group whose hazard is the numerator, 0 in the reference group.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Compared
        ``(value, low, high)``; all NaN where the partial likelihood has no maximum: at the times
        at which both groups are at risk, not both of them have an event.

    Raises
    ------
    ValueError
        As `kaplan_meier`; or the shapes differ, or a group is neither 0 nor 1. Missing values
        are refused.

    Notes
    -----
    Times are tied as in `kaplan_meier`.

    References
    ----------
    .. [1] D. R. Cox, "Regression models and life-tables", Journal of the Royal Statistical
           Society B, 34, 187-220 (1972).
    .. [2] B. Efron, "The efficiency of Cox's likelihood function for censored data", Journal of
           the American Statistical Association, 72, 557-565 (1977).

    Examples
    --------
    Relapse in R's ``aml``, without maintenance over with it:

    >>> maintained = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
    >>> without = [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
    >>> relapse = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0] + [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    >>> ratio = hazard_ratio(maintained + without, relapse, [0] * 11 + [1] * 12)
    >>> [round(x, 3) for x in ratio]
    [2.498, 0.916, 6.813]
    """
    clock, happened = subjects(time, event)
    member = _members(group, clock.size)
    z = NormalDist().inv_cdf(0.5 + fraction(level, "level") / 2)
    clock = tied_times(clock)
    if not _has_maximum(clock, happened, member):
        return NOTHING
    log_ratio, error = _fitted(clock, happened, member)
    return Compared(exp(log_ratio), exp(log_ratio - z * error), exp(log_ratio + z * error))


def _members(group: ArrayLike, size: int) -> np.ndarray:
    array = numbers(group, "group")
    if array.shape != (size,):
        raise ValueError(f"group must have {size} values, but got {array.size}")
    refuse(group, ~((array == 0) | (array == 1)), name="group", rule="be 0 or 1")
    return np.asarray(array == 1)


def _has_maximum(clock: np.ndarray, happened: np.ndarray, member: np.ndarray) -> bool:
    """Whether both groups have an event while both are at risk: else the ratio is 0 or infinite.

    An event of the reference group bounds the ratio from above, one of the other from below.
    """
    if member.all() or not member.any():
        return False
    compared = happened & (clock <= min(clock[member].max(), clock[~member].max()))
    return bool((compared & member).any() and (compared & ~member).any())


def _fitted(clock: np.ndarray, happened: np.ndarray, member: np.ndarray) -> tuple[float, float]:
    """The logarithm of the hazard ratio and its standard error."""
    frame = pd.DataFrame({"time": clock, "event": happened, "group": member.astype(float)})
    with warnings.catch_warnings():
        # It warns of a group that nearly tells the events, which `_has_maximum` has settled;
        # steps that do not converge are an error.
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="Newton-Raphson")
        model = CoxPHFitter().fit(frame, "time", "event", fit_options=STEPS)
    return float(model.params_["group"]), float(model.standard_errors_["group"])
