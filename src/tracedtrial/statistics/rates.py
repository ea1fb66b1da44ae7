"""Events over time at risk."""

from typing import NamedTuple

from tracedtrial.statistics.arguments import count, finite_times, fraction


class Rate(NamedTuple):
    """Events per unit of time, and the exact Poisson interval."""

    rate: float
    low: float
    high: float


def event_rate(events: int, time: float, level: float = 0.95) -> Rate:
    """
    The rate of `events` in `time`, with the exact interval of Garwood [1]_.

    Parameters
    ----------
    events : int
        Events counted.
    time : float
        Time at risk, in the unit that the rate shall have; with 0 all three are NaN.
    level : float
        Confidence level, strictly between 0 and 1.

    Raises
    ------
    ValueError
        If `events` is no count, `time` is negative or not finite, or `level` is outside (0, 1).

    References
    ----------
    .. [1] F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika, 28, 437-442
           (1936).

    Examples
    --------
    >>> [round(x, 4) for x in event_rate(10, 2)]
    [5.0, 2.3977, 9.1952]
    """
    n, tail = count(events, "events"), (1 - fraction(level, "level")) / 2
    time = float(finite_times(time, "time"))
    if not time:
        return Rate(*(float("nan"),) * 3)
    from scipy.special import gammainccinv, gammaincinv

    low = float(gammaincinv(n, tail)) if n else 0.0
    return Rate(n / time, low / time, float(gammainccinv(n + 1, tail)) / time)
