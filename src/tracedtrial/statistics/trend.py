"""A trend of shares across ordered groups."""

from collections.abc import Sequence

import numpy as np

from tracedtrial.statistics.arguments import numbers, refuse
from tracedtrial.statistics.proportion import proportion
from tracedtrial.statistics.two_groups import Test


def cochran_armitage(
    events: Sequence[int], sizes: Sequence[int], scores: Sequence[float] | None = None
) -> Test:
    """
    The Cochran-Armitage test of a trend [1]_, two-sided and asymptotic, as R's
    ``prop.trend.test``.

    Parameters
    ----------
    events, sizes : sequence of int
        Patients with the event, and patients, of each group in order.
    scores : sequence of float
        The groups' scores; 1, 2, 3 and so on by default.

    Returns
    -------
    Test
        NaN where nobody or everybody has the event, or all patients have one score.

    Raises
    ------
    ValueError
        As `proportion`; or the lengths differ, or a score is not finite.

    References
    ----------
    .. [1] P. Armitage, "Tests for linear trends in proportions and frequencies", Biometrics, 11,
           375-386 (1955).

    Examples
    --------
    >>> test = cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(test.statistic, 4), round(test.p, 6)
    (8.2249, 0.004132)
    """
    if len(sizes) != len(events):
        raise ValueError(f"sizes must have {len(events)} values, but got {len(sizes)}")
    groups = [proportion(x, n) for x, n in zip(events, sizes)]
    x = np.array([each.successes for each in groups], float)
    n = np.array([each.n for each in groups], float)
    score = _scores(len(n), scores)
    if not n.sum():
        return Test(float("nan"), 1, float("nan"))
    share, centred = x.sum() / n.sum(), score - (n * score).sum() / n.sum()
    spread = share * (1 - share) * (n * centred**2).sum()
    if not spread > 0:
        return Test(float("nan"), 1, float("nan"))
    from scipy.stats import chi2

    statistic = float((centred * (x - n * share)).sum() ** 2 / spread)
    return Test(statistic, 1, float(chi2.sf(statistic, 1)))


def _scores(size: int, scores: Sequence[float] | None) -> np.ndarray:
    if scores is None:
        return np.arange(1.0, size + 1)
    array = numbers(scores, "scores")
    if array.shape != (size,):
        raise ValueError(f"scores must have {size} values, but got {array.size}")
    refuse(scores, ~np.isfinite(array), name="scores", rule="be finite")
    return array
