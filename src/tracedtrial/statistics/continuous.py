"""A continuous variable in a few numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tracedtrial.statistics.arguments import numbers, refuse


@dataclass(frozen=True)
class Summary:
    """What `summary` returns; None for what cannot be estimated.

    `sd` has n - 1 in the denominator. The quartiles are those of SAS's default and of R's type 2:
    the mean of two order statistics where n times the share is whole, else the next one.
    """

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    min: float | None
    max: float | None


def summary(values: ArrayLike) -> Summary:
    """
    The number, mean, standard deviation, median, quartiles and range of `values`.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        NaN is a missing value and left out.

    Raises
    ------
    ValueError
        If `values` holds text or dates, or a value is infinite.

    References
    ----------
    .. [1] R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages",
           Am Stat, 50, 361-365 (1996); definition 2.

    Examples
    --------
    >>> of = summary([3, 1, 2, 4])
    >>> of.median, of.q1, of.q3, round(of.sd, 6)
    (2.5, 1.5, 3.5, 1.290994)
    """
    array = numbers(values, "values")
    refuse(values, np.isinf(array), name="values", rule="not be infinite")
    known = np.sort(array[~np.isnan(array)])
    if not len(known):
        return Summary(0, *(None,) * 7)
    sd = float(known.std(ddof=1)) if len(known) > 1 else None
    q1, median, q3 = (_quantile(known, quarter) for quarter in (1, 2, 3))
    ends = float(known[0]), float(known[-1])
    return Summary(len(known), float(known.mean()), sd, median, q1, q3, *ends)


def _quantile(ordered: np.ndarray, quarter: int) -> float:
    place, rest = divmod(quarter * len(ordered), 4)
    if rest:
        return float(ordered[place])
    return float(ordered[place - 1] / 2 + ordered[place] / 2)
