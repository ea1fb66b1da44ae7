"""What a finished Simon two-stage trial says of the response rate."""

from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np

from tracedtrial.statistics.arguments import count, fraction


class TwoStageInference(NamedTuple):
    """The unbiased estimate, the bounds of its interval, and the one-sided p value."""

    estimate: float
    low: float
    high: float
    p: float


def two_stage_inference(
    responses: int, enrolled: int, *, r1: int, n1: int, n: int, p0: float, level: float = 0.95
) -> TwoStageInference:
    """
    Estimate, interval and p value of the response rate after a two-stage trial.

    The estimate is the uniformly minimum variance unbiased one (UMVUE) of Jung and Kim [1]_.
    Outcomes are ordered by it, that is by stage, then by responses: any outcome of the second
    stage ranks above all that stop after the first. The p value is the probability, where the
    response rate is `p0`, of an outcome that ranks as high as the observed one or higher [2]_;
    for the planned sizes it is also that of Koyama and Chen [3]_. The interval holds the rates
    at which neither tail, with the observed outcome in it, falls below half of 1 - `level` [1]_;
    after the first stage it is the Clopper-Pearson interval.

    Parameters
    ----------
    responses, enrolled : int
        Responses observed in all, and the patients among whom: `n1` or `n`.
    r1, n1, n : int
        The design: stop after `n1` patients at `r1` or fewer responses, else treat `n` in all.
    p0 : float
        The response rate of the null hypothesis, strictly between 0 and 1.
    level : float
        Confidence level of the two-sided interval, strictly between 0 and 1.

    Returns
    -------
    TwoStageInference
        ``(estimate, low, high, p)``; the p value is one-sided, against a rate above `p0`.

    Raises
    ------
    ValueError
        If a count is no integer or negative, r1 < n1 < n does not hold, the outcome cannot
        occur under the design, or `p0` or `level` is outside (0, 1). A trial that enrolled
        another number than planned is refused: its inference needs [3]_'s conditional one.

    Notes
    -----
    R's ``clinfun::twostage.inference`` (1.1.5, after [3]_) gives the same estimate, p value and
    lower bound. Its upper bound leaves the observed outcome out of its tail: it is smaller than
    the one given here, and smaller than Clopper and Pearson's after the first stage.

    References
    ----------
    .. [1] S.-H. Jung and K. M. Kim, "On the estimation of the binomial probability in multistage
           clinical trials", Statistics in Medicine, 23, 881-896 (2004).
    .. [2] S.-H. Jung, K. Owzar, S. L. George and T. Lee, "P-value calculation for multistage
           phase II cancer clinical trials", Journal of Biopharmaceutical Statistics, 16, 765-775
           (2006).
    .. [3] T. Koyama and H. Chen, "Proper inference from Simon's two-stage designs", Statistics
           in Medicine, 27, 3145-3154 (2008).

    Examples
    --------
    Seven responses among 29 patients under Simon's design 1/10 5/29 for rates of 10% and 30%;
    7/29 is 0.241, which is too low, as trials that would have pulled it up were stopped:

    >>> found = two_stage_inference(7, 29, r1=1, n1=10, n=29, p0=0.1)
    >>> [round(x, 4) for x in found]
    [0.2822, 0.1072, 0.4694, 0.0177]
    """
    trial = _Trial(*_design(r1, n1, n))
    x = _outcome(trial, responses, enrolled)
    tail = (1 - fraction(level, "level")) / 2
    low = 0.0 if x == 0 else trial.rate_at(x, tail)
    high = 1.0 if x == trial.n else trial.rate_at(x + 1, 1 - tail)
    return TwoStageInference(trial.estimate(x), low, high, trial.tail(x, fraction(p0, "p0")))


@dataclass(frozen=True)
class _Trial:
    """A design; its outcomes are named by their responses, as r1 or fewer end the trial early."""

    r1: int
    n1: int
    n: int

    def estimate(self, x: int) -> float:
        """The UMVUE: the share in the first stage, expected given the outcome."""
        if x <= self.r1:
            return x / self.n1
        n2 = self.n - self.n1
        first = range(max(self.r1 + 1, x - n2), min(x, self.n1) + 1)
        ways = sum(comb(self.n1, x1) * comb(n2, x - x1) for x1 in first)
        return sum(comb(self.n1 - 1, x1 - 1) * comb(n2, x - x1) for x1 in first) / ways

    def tail(self, x: int, rate: float) -> float:
        """The probability at `rate` of the outcome `x` or a higher one."""
        from scipy.stats import binom

        if x <= self.r1:
            return float(binom.sf(x - 1, self.n1, rate))
        first = np.arange(self.r1 + 1, self.n1 + 1)
        second = binom.sf(x - first - 1, self.n - self.n1, rate)
        return float((binom.pmf(first, self.n1, rate) * second).sum())

    def rate_at(self, x: int, probability: float) -> float:
        """The rate at which the tail from `x` on, which rises with the rate, is `probability`."""
        from scipy.optimize import brentq

        return float(brentq(lambda rate: self.tail(x, rate) - probability, 0, 1, xtol=1e-14))


def _design(r1: int, n1: int, n: int) -> tuple[int, int, int]:
    r1, n1, n = count(r1, "r1"), count(n1, "n1"), count(n, "n")
    if not r1 < n1:
        raise ValueError(f"r1 must be below n1, {n1}, but got {r1}")
    if not n1 < n:
        raise ValueError(f"n1 must be below n, {n}, but got {n1}")
    return r1, n1, n


def _outcome(trial: _Trial, responses: int, enrolled: int) -> int:
    """The responses, if the design can end with them among so many patients."""
    x, m = count(responses, "responses"), count(enrolled, "enrolled")
    if m not in (trial.n1, trial.n):
        raise ValueError(f"enrolled must be n1, {trial.n1}, or n, {trial.n}, but got {m}")
    if m == trial.n1 and x > trial.r1:
        raise ValueError(f"responses among n1 must not exceed r1, {trial.r1}, but got {x}")
    if m == trial.n and not trial.r1 < x <= trial.n:
        raise ValueError(
            f"responses among n must exceed r1, {trial.r1}, but not n, {trial.n}, but got {x}"
        )
    return x
