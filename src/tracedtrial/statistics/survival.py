"""The Kaplan-Meier estimate of survival and, in reverse, of follow-up."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tracedtrial.statistics.arguments import choice, finite_times, fraction, numbers, subjects

TRANSFORMS = ("log-log", "log", "plain")

# R's sqrt(.Machine$double.eps), 1.5e-8: within it, times are tied and probabilities equal.
TOLERANCE = float(np.sqrt(np.finfo(float).eps))


class Estimate(NamedTuple):
    """A value with its confidence interval; what cannot be estimated is NaN."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """A Kaplan-Meier curve, as `kaplan_meier` returns it; its arrays are read-only.

    Attributes
    ----------
    time : ndarray of float
        The distinct observed times, rising, of events and of censorings.
    at_risk, events, censored : ndarray of int
        Subjects at risk just before each time, with the event and censored at it.
    survival : ndarray of float
        The estimate of S(t) from each time up to the next one.
    low, high : ndarray of float
        Pointwise confidence bounds of S(t); NaN where the transformation has none.
    level : float
    transform : str
        The confidence level and the transformation behind the bounds.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float
    transform: str

    def quantile(self, p: float) -> Estimate:
        """
        The time by which a fraction `p` has had the event: S(t) = 1 - p.

        It is the first time at which the curve falls below 1 - p. Where the curve equals
        1 - p (within 1.5e-8) over a stretch, it is the midpoint of the stretch, which ends at
        the next event or else at the last observation, event or censored (TTE-10). Its interval
        inverts the pointwise band: its bounds are the quantiles of the curves `low` and
        `high` [1]_. All three are those of R's ``quantile.survfit``, also where `high` rises
        again: of the bounds below 1 - p it takes the nearest to it, not the first in time.

        Parameters
        ----------
        p : float
            Between 0 and 1; 0.5 gives the median.

        Returns
        -------
        Estimate
            ``(value, low, high)``; NaN for what the curve or the band does not reach.

        References
        ----------
        .. [1] R. Brookmeyer and J. Crowley, "A confidence interval for the median survival
               time", Biometrics, 38, 29-41 (1982).

        Examples
        --------
        >>> kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).quantile(0.5).value
        2.5
        """
        p = numbers(p, "p")
        if p.ndim or not 0 <= p <= 1:
            raise ValueError(f"p must lie between 0 and 1, but got {p.tolist()}")
        curves = (self.survival, self.low, self.high)
        return Estimate(*(_quantile(self.time, curve, p=float(p)) for curve in curves))

    def survival_at(self, times: ArrayLike) -> np.ndarray:
        """
        S(t) at each of `times`: 1 before the first event, continuous from the right.

        Past the last observation S stays 0 where it has fallen to 0, as nobody is left (TTE-11);
        otherwise it is not estimable and NaN: the curve is not carried forward. A time that is
        tied with an observed one counts as that one.
        """
        clock = finite_times(times, "times")
        steps = np.concatenate(([1.0], self.survival))
        passed = np.searchsorted(self.time, clock + self._tie, side="right")
        beyond = (clock > self.time[-1] + self._tie) & (self.survival[-1] > 0)
        return np.where(beyond, np.nan, steps[passed])[()]

    def at_risk_at(self, times: ArrayLike) -> np.ndarray:
        """
        The subjects at risk just before each of `times`, hence continuous from the left.

        Subjects with event or censoring at t are at risk at t; past the last observation
        nobody is, and the answer is 0.
        """
        clock = finite_times(times, "times")
        steps = np.append(self.at_risk, 0)
        return steps[np.searchsorted(self.time, clock - self._tie, side="left")]

    @property
    def _tie(self) -> float:
        return _tie_tolerance(self.time)


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, level: float = 0.95, transform: str = "log-log"
) -> KaplanMeier:
    """
    The Kaplan-Meier estimate of the survival function, with pointwise confidence bounds.

    With d events among n at risk at a time, S(t) is the product of 1 - d/n over the times up
    to t [1]_ (equation 2b), and log S(t) has Greenwood's variance v, the sum of d/(n (n - d))
    [2]_ (section 4.2). With z the normal quantile, the bounds are, by `transform`,

    - ``"log-log"``: S ** exp(-/+ z sqrt(v) / log S), undefined at S = 1 [2]_ (section 4.3);
    - ``"log"``: S exp(-/+ z sqrt(v)), cut at 1;
    - ``"plain"``: S (1 -/+ z sqrt(v)), cut at 0 and 1.

    All are undefined at S = 0. The numbers are those of R's ``survfit`` [3]_.

    Parameters
    ----------
    time : array_like
        Follow-up of each subject, finite and not negative, in any unit and order.
    event : array_like
        1 (or True) where the follow-up ended with the event, 0 where it was censored.
    level : float
        Confidence level, strictly between 0 and 1.
    transform : {"log-log", "log", "plain"}
        Scale on which the bounds are symmetric. R's default is log, SAS's is log-log.

    Returns
    -------
    KaplanMeier
        Arrays over the distinct observed times, and methods `quantile`, `survival_at` and
        `at_risk_at`. A bound that is undefined is NaN.

    Raises
    ------
    ValueError
        If the lengths differ or are 0, a time is negative or not finite, an event is neither
        0 nor 1, `level` is outside (0, 1), or `transform` is unknown. Missing values are
        refused.

    Notes
    -----
    Subjects censored at the time of an event are at risk of it. Times are tied that differ by
    no more than 1.5e-8, absolutely or relative to the mean of the distinct times, as in R
    (``timefix``): months computed from days are tied where the days are.

    References
    ----------
    .. [1] E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations",
           Journal of the American Statistical Association, 53, 457-481 (1958).
    .. [2] J. P. Klein and M. L. Moeschberger, Survival Analysis (second edition), Springer
           (2003).
    .. [3] T. M. Therneau, A Package for Survival Analysis in R, version 3.5-3 (2023).

    Examples
    --------
    Remission (weeks) under maintenance chemotherapy in acute myelogenous leukaemia, R's
    ``aml``; its median is 31 weeks, the upper bound is not estimable:

    >>> weeks = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
    >>> relapse = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
    >>> maintained = kaplan_meier(weeks, relapse)
    >>> maintained.quantile(0.5)
    Estimate(value=31.0, low=13.0, high=nan)
    >>> maintained.survival_at([12, 48, 200]).round(3)
    array([0.909, 0.184,   nan])
    """
    clock, happened = subjects(time, event)
    return _curve(clock, happened, level=fraction(level, "level"), transform=transform)


def reverse_kaplan_meier(
    time: ArrayLike, event: ArrayLike, level: float = 0.95, transform: str = "log-log"
) -> KaplanMeier:
    """
    The Kaplan-Meier estimate of follow-up: censoring is the event, and the event censors.

    It is the distribution of the follow-up that would have been seen had nobody had the event
    [1]_; its median is the median follow-up. It is ``kaplan_meier(time, 1 - event)``, R's
    ``survfit(Surv(time, 1 - event) ~ 1)``: at a tie, subjects with the event are at risk of
    being censored.

    Parameters, result, refusals and ties are those of `kaplan_meier`; in the result `events`
    counts the subjects censored, and `censored` those with the event.

    References
    ----------
    .. [1] M. Schemper and T. L. Smith, "A note on quantifying follow-up in studies of failure
           time", Controlled Clinical Trials, 17, 343-346 (1996).

    Examples
    --------
    In R's ``aml``, maintained, the curve of follow-up is exactly 1/2 from week 45 to week 161;
    the median follow-up is the midpoint:

    >>> weeks = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
    >>> relapse = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
    >>> reverse_kaplan_meier(weeks, relapse).quantile(0.5).value
    103.0
    """
    clock, happened = subjects(time, event)
    return _curve(clock, ~happened, level=fraction(level, "level"), transform=transform)


def _curve(clock: np.ndarray, happened: np.ndarray, *, level: float, transform: str) -> KaplanMeier:
    choice(transform, TRANSFORMS, name="transform")
    distinct, at_risk, events, censored = _life_table(clock, happened)
    survival = np.cumprod((at_risk - events) / at_risk)
    error = _log_survival_error(at_risk, events)
    low, high = _band(survival, error, level=level, transform=transform)
    arrays = (distinct, at_risk, events, censored, survival, low, high)
    for array in arrays:
        array.setflags(write=False)
    return KaplanMeier(*arrays, level, transform)


def _life_table(clock: np.ndarray, happened: np.ndarray) -> tuple[np.ndarray, ...]:
    """Distinct times with the numbers at risk, with the event and censored."""
    order = np.argsort(clock)
    clock = clock[order]
    first = _first_of_ties(clock)
    at_risk = clock.size - first
    leaving = np.diff(first, append=clock.size)
    events = np.add.reduceat(happened[order], first, dtype=np.int64)
    return clock[first], at_risk, events, leaving - events


def _first_of_ties(clock: np.ndarray) -> np.ndarray:
    """Positions in the sorted `clock` at which a new time begins (R's ``aeqSurv``)."""
    apart = np.diff(clock) > _tie_tolerance(np.unique(clock))
    return np.flatnonzero(np.concatenate(([True], apart)))


def tied_times(clock: np.ndarray) -> np.ndarray:
    """Each of `clock` as the first of the times that it is tied with (R's ``aeqSurv``)."""
    order = np.argsort(clock)
    first = _first_of_ties(clock[order])
    tied = np.empty_like(clock)
    tied[order] = np.repeat(clock[order][first], np.diff(first, append=clock.size))
    return tied


def _tie_tolerance(distinct: np.ndarray) -> float:
    return TOLERANCE * max(1.0, (distinct / distinct.size).sum())


def _log_survival_error(at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Standard error of log S by Greenwood's formula; infinite where S is 0."""
    surviving = at_risk - events
    with np.errstate(divide="ignore"):
        return np.sqrt(np.cumsum(events / (at_risk * surviving.astype(float))))


def _band(
    survival: np.ndarray, error: np.ndarray, *, level: float, transform: str
) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise bounds of S, from the standard error of log S."""
    # S never rises, so that the points with 0 < S < 1 are contiguous.
    falling = np.count_nonzero(survival == 1) if transform == "log-log" else 0
    defined = slice(falling, np.count_nonzero(survival))
    low, high = np.full((2, survival.size), np.nan)
    z = -NormalDist().inv_cdf((1 - level) / 2)
    low[defined], high[defined] = _bounds(
        survival[defined], z * error[defined], transform=transform
    )
    return low, high


def _bounds(
    survival: np.ndarray, margin: np.ndarray, *, transform: str
) -> tuple[np.ndarray, np.ndarray]:
    if transform == "log-log":
        log_survival = np.log(survival)
        factor = np.exp(margin / log_survival)
        return np.exp(log_survival / factor), np.exp(log_survival * factor)
    if transform == "log":
        factor = np.exp(margin)
        return survival / factor, np.minimum(survival * factor, 1)
    return np.maximum(survival * (1 - margin), 0), np.minimum(survival * (1 + margin), 1)


def _quantile(time: np.ndarray, curve: np.ndarray, *, p: float) -> float:
    """The time at which `curve` has fallen by `p` from 1 (R's ``survival:::findq``)."""
    if p == 0:
        return 0.0
    fall = 1 - curve
    defined = np.flatnonzero(~np.isnan(fall))
    falls, first = np.unique(fall[defined], return_index=True)
    reached = time[defined[first]]
    start, end = np.searchsorted(falls, (p - TOLERANCE, p + TOLERANCE))
    if start == falls.size:
        return float("nan")
    if end < falls.size:
        return float(reached[start] / 2 + reached[end] / 2)
    flat_to_the_end = abs(p - fall[-1]) < TOLERANCE
    return float(reached[start] / 2 + time[-1] / 2) if flat_to_the_end else float("nan")
