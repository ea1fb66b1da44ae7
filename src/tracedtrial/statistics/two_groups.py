"""Two groups compared: shares of patients, and times to an event."""

from math import exp, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tracedtrial.statistics.arguments import fraction, groups, subjects
from tracedtrial.statistics.proportion import Proportion, proportion, wilson_interval
from tracedtrial.statistics.survival import tied_times


class Compared(NamedTuple):
    """An estimate with its interval; NaN for what cannot be estimated."""

    value: float
    low: float
    high: float


class Test(NamedTuple):
    """A test's statistic, its degrees of freedom and its two-sided p value."""

    statistic: float
    freedom: int
    p: float


NOTHING = Compared(*(float("nan"),) * 3)


def risk_difference(
    first: tuple[int, int], second: tuple[int, int], level: float = 0.95
) -> Compared:
    """
    The difference of two shares with Newcombe's hybrid score interval [1]_ (method 10).

    Parameters
    ----------
    first, second : pair of int
        Patients with the event, and patients, of each group.
    level : float
        Confidence level, strictly between 0 and 1.

    Raises
    ------
    ValueError
        As `proportion`.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent
           proportions", Stat Med, 17, 873-890 (1998).

    Examples
    --------
    Newcombe's first example, 56 of 70 against 48 of 80:

    >>> [round(x, 4) for x in risk_difference((56, 70), (48, 80))]
    [0.2, 0.0524, 0.3339]
    """
    one, two = proportion(*first), proportion(*second)
    fraction(level, "level")
    if not (one.n and two.n):
        return NOTHING
    difference = one.estimate - two.estimate
    a, b = (wilson_interval(each.successes, each.n, level) for each in (one, two))
    below = sqrt((one.estimate - a.low) ** 2 + (b.high - two.estimate) ** 2)
    above = sqrt((a.high - one.estimate) ** 2 + (two.estimate - b.low) ** 2)
    return Compared(difference, difference - below, difference + above)


def odds_ratio(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> Compared:
    """
    The ratio of the odds of two groups with Woolf's interval [1]_; NaN with an empty cell.

    Parameters, errors as in `risk_difference`.

    References
    ----------
    .. [1] B. Woolf, "On estimating the relation between blood group and disease",
           Ann Hum Genet, 19, 251-253 (1955).

    Examples
    --------
    >>> [round(x, 4) for x in odds_ratio((56, 70), (48, 80))]
    [2.6667, 1.2762, 5.572]
    """
    cells = _cells(proportion(*first), proportion(*second))
    spread = NormalDist().inv_cdf(0.5 + fraction(level, "level") / 2)
    if 0 in cells:
        return NOTHING
    a, b, c, d = cells
    spread *= sqrt(sum(1 / cell for cell in cells))
    centre = log(a * d / (b * c))
    return Compared(exp(centre), exp(centre - spread), exp(centre + spread))


def risk_ratio(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> Compared:
    """
    The ratio of two shares, with the interval that is symmetric on its logarithm [1]_.

    With x of m against y of n, the logarithm's variance is 1/x - 1/m + 1/y - 1/n [1]_. All are
    NaN where a group has no patient with the event; where all patients of both have it, that
    variance is 0, and the bounds are NaN.

    Parameters, errors as in `risk_difference`.

    References
    ----------
    .. [1] D. Katz, J. Baptista, S. P. Azen and M. C. Pike, "Obtaining confidence intervals for
           the risk ratio in cohort studies", Biometrics, 34, 469-474 (1978).

    Examples
    --------
    >>> [round(x, 4) for x in risk_ratio((56, 70), (48, 80))]
    [1.3333, 1.0766, 1.6512]
    """
    one, two = proportion(*first), proportion(*second)
    z = NormalDist().inv_cdf(0.5 + fraction(level, "level") / 2)
    if not (one.successes and two.successes):
        return NOTHING
    ratio = one.estimate / two.estimate
    failing = ((each.n - each.successes) / (each.n * each.successes) for each in (one, two))
    reach = z * sqrt(sum(failing))
    if not reach:
        return Compared(ratio, float("nan"), float("nan"))
    return Compared(ratio, ratio * exp(-reach), ratio * exp(reach))


def fisher_exact(first: tuple[int, int], second: tuple[int, int]) -> float:
    """
    The two-sided p value of Fisher's exact test; NaN where a group is empty.

    Parameters, errors as in `risk_difference`. Tables as likely as the observed one or less
    count, as in R's ``fisher.test``.

    Examples
    --------
    >>> round(fisher_exact((1, 9), (11, 14)), 6)
    0.002759
    """
    one, two = proportion(*first), proportion(*second)
    if not (one.n and two.n):
        return float("nan")
    from scipy.stats import fisher_exact as exact

    a, b, c, d = _cells(one, two)
    return float(exact(np.array([[a, b], [c, d]])).pvalue)


def _cells(one: Proportion, two: Proportion) -> tuple[int, int, int, int]:
    return one.successes, one.n - one.successes, two.successes, two.n - two.successes


def log_rank(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> Test:
    """
    The log-rank test [1]_ of two or more groups, as R's ``survdiff``.

    Parameters
    ----------
    time : array_like of float, shape (n,)
        Times, all in one unit.
    event : array_like of bool, shape (n,)
        Whether a time ended with the event.
    group : array_like, shape (n,)
        The group of each; none may be missing.

    Returns
    -------
    Test
        NaN where there is one group, or no event.

    Raises
    ------
    ValueError
        As `kaplan_meier`; or the shapes differ, or a group is missing.

    Notes
    -----
    Times are tied as in `kaplan_meier`.

    References
    ----------
    .. [1] R. Peto and J. Peto, "Asymptotically efficient rank invariant test procedures",
           J R Stat Soc A, 135, 185-207 (1972).

    Examples
    --------
    >>> test = log_rank([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 2, 2])
    >>> round(test.statistic, 4), test.freedom, round(test.p, 4)
    (2.8824, 1, 0.0896)
    """
    clock, happened = subjects(time, event)
    distinct, place = groups(group, len(clock))
    clock, many = tied_times(clock), len(distinct)
    if many < 2 or not happened.any():
        return Test(float("nan"), max(many - 1, 0), float("nan"))
    excess, spread = np.zeros(many), np.zeros((many, many))
    for moment in np.unique(clock[happened]):
        dying, there = happened & (clock == moment), clock >= moment
        at_risk = np.bincount(place[there], minlength=many).astype(float)
        died, share = dying.sum(), at_risk / at_risk.sum()
        excess += np.bincount(place[dying], minlength=many) - died * share
        if at_risk.sum() > 1:
            scale = died * (at_risk.sum() - died) / (at_risk.sum() - 1)
            spread += scale * (np.diag(share) - np.outer(share, share))
    from scipy.stats import chi2

    statistic = float(excess[1:] @ np.linalg.pinv(spread[1:, 1:]) @ excess[1:])
    return Test(statistic, many - 1, float(chi2.sf(statistic, many - 1)))
