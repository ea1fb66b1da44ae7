"""Simon's two-stage designs for a phase II trial with a binary response."""

from typing import NamedTuple

import numpy as np

from tracedtrial.statistics.arguments import fraction

MOST_PATIENTS = 200


class TwoStageDesign(NamedTuple):
    """A two-stage design and its operating characteristics.

    Treat `n1` patients and stop for futility at `r1` or fewer responses; otherwise treat `n` in
    all, and reject the treatment at `r` or fewer responses.
    """

    r1: int
    n1: int
    r: int
    n: int
    expected_n: float
    early_stop: float
    type_one_error: float
    power: float


class TwoStageDesigns(NamedTuple):
    """The design of least expected size, and the one of least size."""

    optimal: TwoStageDesign
    minimax: TwoStageDesign


def simon_two_stage(p0: float, p1: float, alpha: float, beta: float) -> TwoStageDesigns:
    """
    Simon's optimal and minimax two-stage designs, by exact search.

    Among all designs r1/n1, r/n that accept the treatment with probability at most `alpha`
    where the response rate is `p0` and at least ``1 - beta`` where it is `p1`, the optimal one
    has the least expected number of patients under `p0`, the minimax one the least n and,
    among these, the least expected number [1]_ (section 2).

    Parameters
    ----------
    p0, p1 : float
        Response rates that are too low to pursue and high enough to pursue, p0 < p1.
    alpha, beta : float
        Bounds of the errors of the first and second kind.

    Returns
    -------
    TwoStageDesigns
        ``(optimal, minimax)``; each carries r1, n1, r, n, the expected n and the probability
        of stopping after the first stage under `p0`, and the attained error and power.

    Raises
    ------
    ValueError
        If an argument lies outside (0, 1), `p0` is not below `p1`, or the search would have
        to go beyond 200 patients.

    Notes
    -----
    The search ends where no larger n can have a smaller expected size. With first stage n1
    that is n1 + (n - n1) P(X1 > r1 | p0) at least, r1 being the largest value that leaves the
    power within reach, P(X1 > r1 | p1) >= 1 - beta.

    References
    ----------
    .. [1] R. Simon, "Optimal two-stage designs for phase II clinical trials", Controlled
           Clinical Trials, 10, 1-10 (1989).

    Examples
    --------
    Table 1 of [1]_, response rates of 10% and 30%:

    >>> optimal, minimax = simon_two_stage(0.1, 0.3, alpha=0.05, beta=0.2)
    >>> optimal[:4], round(optimal.expected_n, 2)
    ((1, 10, 5, 29), 15.01)
    >>> minimax[:4], round(minimax.expected_n, 2)
    ((1, 15, 5, 25), 19.51)
    """
    p0, p1 = fraction(p0, "p0"), fraction(p1, "p1")
    if p0 >= p1:
        raise ValueError(f"p0 must be below p1, {p1}, but got {p0}")
    search = _Search(p0, p1, fraction(alpha, "alpha"), fraction(beta, "beta"))
    optimal = minimax = None
    for n in range(2, MOST_PATIENTS + 1):
        if optimal and search.least_expected_n(n).min() >= optimal.expected_n:
            return TwoStageDesigns(optimal, minimax)
        optimal = search.best(n, optimal)
        minimax = minimax or optimal
    raise ValueError(
        f"p1 must need no more than {MOST_PATIENTS} patients to tell from p0, {p0}, but got {p1}"
    )


class _Search:
    """Designs that keep both errors, with the binomial tables that the search needs."""

    def __init__(self, p0: float, p1: float, alpha: float, beta: float) -> None:
        self.alpha, self.power = alpha, 1 - beta
        self.null, self.alternative = _binomials(p0), _binomials(p1)
        self.largest_r1 = [self._largest_r1(pmf) for pmf in self.alternative]
        self.continuing = np.array(
            [
                _upper_tail(pmf)[r1] if r1 >= 0 else np.inf
                for pmf, r1 in zip(self.null, self.largest_r1)
            ]
        )

    def _largest_r1(self, pmf: np.ndarray) -> int:
        """The largest r1 with P(X1 > r1 | p1) of at least the power, or -1."""
        return np.count_nonzero(_upper_tail(pmf) >= self.power) - 1

    def least_expected_n(self, n: int) -> np.ndarray:
        """Lower bounds of the expected size of designs of size n, for n1 = 1, ..., n - 1."""
        n1 = np.arange(1, n)
        return n1 + (n - n1) * self.continuing[1:n]

    def best(self, n: int, incumbent: TwoStageDesign | None) -> TwoStageDesign | None:
        """The design of least expected size among those of size n and the incumbent."""
        for n1, bound in enumerate(self.least_expected_n(n).tolist(), start=1):
            if bound < (incumbent.expected_n if incumbent else np.inf):
                found = self._best_with(n1, n)
                if found and (not incumbent or found.expected_n < incumbent.expected_n):
                    incumbent = found
        return incumbent

    def _best_with(self, n1: int, n: int) -> TwoStageDesign | None:
        """The design of least expected size among those with n1 of n in the first stage."""
        r1 = np.arange(self.largest_r1[n1] + 1)
        error = _acceptance(self.null[n1], self.null[n - n1])[r1]
        r = np.maximum((error > self.alpha).sum(axis=1), r1)
        power = _acceptance(self.alternative[n1], self.alternative[n - n1])[r1, r]
        feasible = np.flatnonzero(power >= self.power)
        if not feasible.size:
            return None
        # P(X1 <= r1 | p0) rises with r1, so that the largest r1 has the least expected size.
        at = feasible[-1]
        stop = float(self.null[n1][: at + 1].sum())
        expected = n1 + (1 - stop) * (n - n1)
        attained = float(error[at, r[at]]), float(power[at])
        return TwoStageDesign(int(at), n1, int(r[at]), n, expected, stop, *attained)


def _binomials(p: float) -> list[np.ndarray]:
    """The binomial probabilities of 0, ..., n responses, for each n."""
    table = [np.ones(1)]
    for _ in range(MOST_PATIENTS):
        table.append(np.convolve(table[-1], (1 - p, p)))
    return table


def _upper_tail(pmf: np.ndarray) -> np.ndarray:
    """P(X > k) for k = 0, ..., n."""
    return np.append(np.cumsum(pmf[:0:-1])[::-1], 0.0)


def _acceptance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """P(X1 > r1 and X1 + X2 > r), at row r1 and column r; `first` and `second` are pmfs."""
    n1, n2 = first.size - 1, second.size - 1
    tail = np.concatenate((np.ones(n1), _upper_tail(second), np.zeros(n1)))
    x1, r = np.arange(n1 + 1)[:, None], np.arange(n1 + n2 + 1)
    joint = first[:, None] * tail[n1 + r - x1]
    beyond = np.cumsum(joint[:0:-1], axis=0)[::-1]
    return np.vstack((beyond, np.zeros(n1 + n2 + 1)))
