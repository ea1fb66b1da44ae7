"""A proportion with its exact interval, two-sided or one-sided, and its score interval."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from tracedtrial.statistics.arguments import choice, count, fraction

SIDES = ("two-sided", "lower", "upper")


class Interval(NamedTuple):
    """A confidence interval; a bound that cannot be estimated is NaN."""

    low: float
    high: float


@dataclass(frozen=True)
class Proportion:
    """An observed proportion, as `proportion` returns it.

    Attributes
    ----------
    successes, n : int
        The numerator and the denominator.
    """

    successes: int
    n: int

    @property
    def estimate(self) -> float:
        """``successes / n``, the maximum likelihood estimate; NaN where n is 0."""
        return self.successes / self.n if self.n else float("nan")

    def interval(self, level: float = 0.95) -> Interval:
        """The Clopper-Pearson interval at confidence `level`; see `exact_interval`."""
        return exact_interval(self.successes, self.n, level)


def proportion(successes: int, n: int) -> Proportion:
    """
    The proportion of `successes` among `n` patients.

    Parameters
    ----------
    successes, n : int
        Patients in the numerator and in the denominator. With ``n = 0`` nothing can be
        estimated: the estimate and both bounds are NaN.

    Returns
    -------
    Proportion
        With attributes `successes`, `n` and `estimate`, and the method ``interval(level)``.

    Raises
    ------
    ValueError
        If a count is no integer or negative, or `successes` exceeds `n`.

    Examples
    --------
    Seven responses among 21 patients:

    >>> response = proportion(7, 21)
    >>> round(response.estimate, 6)
    0.333333
    >>> low, high = response.interval()
    >>> round(low, 6), round(high, 6)
    (0.145877, 0.569675)
    """
    return Proportion(*_counts(successes, n))


def exact_interval(
    successes: int, n: int, level: float = 0.95, sides: str = "two-sided"
) -> Interval:
    """
    The Clopper-Pearson exact confidence interval of a binomial proportion.

    With x successes among n, the bounds at confidence 1 - a are the beta quantiles
    B(a/2; x, n - x + 1) and B(1 - a/2; x + 1, n - x) [1]_, [2]_ (section 1.4.4). The lower
    bound is exactly 0 at x = 0 and the upper exactly 1 at x = n. A one-sided interval has the
    whole of a in its one tail, as R's ``binom.test`` with the alternative "greater" (`sides`
    "lower") or "less" ("upper"). The interval covers the true proportion with at least the
    nominal probability.

    Parameters
    ----------
    successes, n : int
        Counts. With ``n = 0`` nothing was observed, and both bounds are NaN.
    level : float
        Confidence level, strictly between 0 and 1.
    sides : {"two-sided", "lower", "upper"}
        "lower" gives a lower bound alone, and `high` is 1; "upper" an upper one, and `low` is 0.

    Returns
    -------
    Interval
        The named tuple ``(low, high)``.

    Raises
    ------
    ValueError
        If a count is no integer or negative, `successes` exceeds `n`, `level` is outside
        (0, 1), or `sides` is unknown.

    References
    ----------
    .. [1] C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits
           illustrated in the case of the binomial", Biometrika, 26, 404-413 (1934).
    .. [2] A. Agresti, Categorical Data Analysis (third edition), Wiley (2013).

    Examples
    --------
    One toxicity among six patients:

    >>> low, high = exact_interval(1, 6)
    >>> round(low, 6), round(high, 6)
    (0.004211, 0.641235)
    """
    x, n = _counts(successes, n)
    tails = 2 if choice(sides, SIDES, name="sides") == "two-sided" else 1
    tail = (1 - fraction(level, "level")) / tails
    if n == 0:
        return Interval(float("nan"), float("nan"))
    from scipy.special import betainccinv, betaincinv

    low = 0.0 if x == 0 or sides == "upper" else float(betaincinv(x, n - x + 1, tail))
    high = 1.0 if x == n or sides == "lower" else float(betainccinv(x + 1, n - x, tail))
    return Interval(low, high)


def _counts(successes: int, n: int) -> tuple[int, int]:
    successes, n = count(successes, "successes"), count(n, "n")
    if successes > n:
        raise ValueError(f"successes must not exceed n, {n}, but got {successes}")
    return successes, n


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """
    The score interval of Wilson [1]_ of a proportion.

    Parameters
    ----------
    successes, n : int
        Patients in the numerator and in the denominator; with ``n = 0`` both bounds are NaN.
    level : float
        The confidence level, between 0 and 1.

    Raises
    ------
    ValueError
        As `exact_interval`.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
           J Am Stat Assoc, 22, 209-212 (1927).

    Examples
    --------
    >>> low, high = wilson_interval(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    successes, n = _counts(successes, n)
    z = NormalDist().inv_cdf(0.5 + fraction(level, "level") / 2)
    if not n:
        return Interval(float("nan"), float("nan"))
    middle = successes + z * z / 2
    reach = z * sqrt(successes * (n - successes) / n + z * z / 4)
    low, high = (middle - reach) / (n + z * z), (middle + reach) / (n + z * z)
    return Interval(0.0 if successes == 0 else low, 1.0 if successes == n else high)
