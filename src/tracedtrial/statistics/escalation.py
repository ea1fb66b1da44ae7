"""The 3 + 3 rule of dose escalation, and how often it escalates."""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tracedtrial.statistics.arguments import count, numbers, refuse

FIRST_COHORT = 3
EXPANDED = 6


class DoseEscalation(NamedTuple):
    """The decision after each cohort, and the recommended level or None."""

    decisions: tuple[str, ...]
    recommended: Hashable | None


class _Tally(NamedTuple):
    """Evaluable patients and patients with a DLT, so far, at one dose level."""

    evaluable: int = 0
    dlts: int = 0

    @property
    def toxic(self) -> bool:
        return self.dlts >= 2

    @property
    def cleared(self) -> bool:
        """0/3, or at most 1/6: a level past which the dose may rise."""
        fewest = FIRST_COHORT if self.dlts == 0 else EXPANDED
        return not self.toxic and self.evaluable >= fewest

    def suffices(self, six: bool) -> bool:
        """Whether the level, if no higher one is open, needs no further patient."""
        return self.cleared and (self.evaluable >= EXPANDED or not six)


def three_plus_three(
    cohorts: Iterable[tuple[Hashable, int, int]],
    levels: Sequence[Hashable],
    *,
    require_six_at_final: bool = True,
) -> DoseEscalation:
    """
    The decisions of the 3 + 3 rule after each cohort, and the dose level that it recommends.

    After each cohort the rule looks at all evaluable patients so far at the level of that
    cohort [1]_: 0/3 escalates, 1/3 expands to six, 1/6 escalates, two or more dose limiting
    toxicities (DLT) stop the level. The decisions are

    - ``"escalate"``: the next cohort goes to the level above;
    - ``"expand"``: three more at this level, after 1/3, or where it is the final one and six
      are required;
    - ``"de-escalate"``: the level is too toxic, the next cohort goes to the level below;
    - ``"stop"``: escalation ends, and no further patient is needed: the level is too toxic and
      none below is left to be examined, or it is acceptable and no level above is open;
    - ``"incomplete"``: fewer than two DLT among fewer than three (after an expansion, six)
      evaluable patients.

    The rule is applied to the levels that were opened (DLT-7). A level declared and skipped so
    far, between two that were opened, is passed over: the level above and the level below are
    the next ones opened. Beyond the opened ones the next declared level is open: the dose may
    rise or fall to it.

    The recommended level is the highest acceptable one of those opened (DLT-9): below it every
    opened level was passed with 0/3 or at most 1/6, the next one opened above it, if any, has
    two or more DLT, and itself has at most 1/6, or 0/3 where six are not required. A level that
    was declared and never opened does not stand in its way.

    Parameters
    ----------
    cohorts : iterable of (level, evaluable, dlts)
        In the order treated. A level may come again; its counts add up. Patients who are not
        evaluable for DLT are replaced before, and not counted here; a cohort without any
        evaluable patient has opened its level all the same.
    levels : sequence
        The dose levels of the protocol, rising.
    require_six_at_final : bool
        Whether a level is recommended only after six evaluable patients; a protocol value.

    Returns
    -------
    DoseEscalation
        ``(decisions, recommended)``, a named tuple. `recommended` is None where the highest
        level that is not too toxic still needs patients, as after an incomplete cohort, and
        where no level is acceptable.

    Raises
    ------
    ValueError
        If a level is unknown or listed twice, a count is negative or no integer, or a cohort
        has more DLT than evaluable patients.

    Notes
    -----
    A cohort that the rule would not have sent to its level (a level skipped, a patient added
    to a level already passed) is taken as the fact that it is: decided on by the counts at its
    level, not refused. What was treated is history; whether it followed the protocol is shown
    by comparing a decision with the level of the next cohort. The recommendation depends on
    the final counts only, and takes the cohorts for all there will be.

    References
    ----------
    .. [1] B. E. Storer, "Design and analysis of phase I clinical trials", Biometrics, 45,
           925-937 (1989), design A.

    Examples
    --------
    >>> cohorts = [("1", 3, 0), ("2", 3, 1), ("2", 3, 0), ("3", 3, 2)]
    >>> three_plus_three(cohorts, levels=["1", "2", "3"])
    DoseEscalation(decisions=('escalate', 'expand', 'escalate', 'stop'), recommended='2')
    """
    levels = _distinct(levels)
    opened: dict[int, _Tally] = {}
    decisions = []
    for position, cohort in enumerate(cohorts):
        level, evaluable, dlts = _checked(cohort, levels, position=position)
        at = levels.index(level)
        before = opened.get(at, _Tally())
        opened[at] = _Tally(before.evaluable + evaluable, before.dlts + dlts)
        decisions.append(
            _decision(opened, at, len(levels), before=before, six=require_six_at_final)
        )
    chosen = _recommended(opened, require_six_at_final)
    return DoseEscalation(tuple(decisions), None if chosen is None else levels[chosen])


def escalation_probability(toxicity: ArrayLike) -> float | np.ndarray:
    """
    The probability that the 3 + 3 rule escalates past a level with given toxicity.

    With p the probability of a DLT and q = 1 - p, the rule escalates after 0/3, or after 1/3
    and then 0/3: q**3 + 3 p q**2 q**3 [1]_.

    Parameters
    ----------
    toxicity : float or array_like
        The probability of a DLT in a patient at the level, between 0 and 1.

    Returns
    -------
    float or ndarray
        In the shape of `toxicity`.

    Raises
    ------
    ValueError
        If a probability lies outside [0, 1] or is missing.

    References
    ----------
    .. [1] B. E. Storer, "Design and analysis of phase I clinical trials", Biometrics, 45,
           925-937 (1989).

    Examples
    --------
    >>> escalation_probability([0.1, 0.2, 0.3, 0.4, 0.5]).round(4)
    array([0.9061, 0.7086, 0.4943, 0.3093, 0.1719])
    """
    p = numbers(toxicity, "toxicity")
    refuse(toxicity, ~((p >= 0) & (p <= 1)), name="toxicity", rule="lie between 0 and 1")
    q = 1 - p
    probability = q**3 + 3 * p * q**2 * q**3
    return probability if p.ndim else float(probability)


def _decision(opened: dict[int, _Tally], at: int, levels: int, *, before: _Tally, six: bool) -> str:
    """DLT-8: the decision by the tallies so far; `before` is that of the level until then."""
    here = opened[at]
    if here.toxic:
        below = _below(opened, at)
        examined = below is None or below.toxic or below.suffices(six)
        return "stop" if examined else "de-escalate"
    if here.evaluable < FIRST_COHORT:
        return "incomplete"
    above = _above(opened, at, levels)
    if here.cleared and above is not None and not above.toxic:
        return "escalate"
    if here.suffices(six):
        return "stop"
    return "expand" if before.evaluable < FIRST_COHORT else "incomplete"


def _below(opened: dict[int, _Tally], at: int) -> _Tally | None:
    """The next level opened below; where none was, the next one declared; None at the bottom."""
    lower = max((level for level in opened if level < at), default=None)
    return opened[lower] if lower is not None else _Tally() if at > 0 else None


def _above(opened: dict[int, _Tally], at: int, levels: int) -> _Tally | None:
    """The next level opened above; where none was, the next one declared; None at the top."""
    higher = min((level for level in opened if level > at), default=None)
    return opened[higher] if higher is not None else _Tally() if at + 1 < levels else None


def _recommended(opened: dict[int, _Tally], six: bool) -> int | None:
    """DLT-9: the index of the highest acceptable level among those opened."""
    toxic = min((at for at, tally in opened.items() if tally.toxic), default=None)
    tolerated = [at for at in sorted(opened) if toxic is None or at < toxic]
    if not tolerated or not opened[tolerated[-1]].suffices(six):
        return None
    passed = all(opened[at].cleared for at in tolerated[:-1])
    return tolerated[-1] if passed else None


def _distinct(levels: Sequence[Hashable]) -> list[Hashable]:
    levels = list(levels)
    for position, level in enumerate(levels):
        if level in levels[:position]:
            raise ValueError(f"levels must be distinct, but got {level!r} twice")
    return levels


def _checked(
    cohort: tuple[Hashable, int, int], levels: list[Hashable], *, position: int
) -> tuple[Hashable, int, int]:
    place = f" of cohort {position + 1}"
    if not isinstance(cohort, Sequence) or len(cohort) != 3:
        rule = "be (level, evaluable, dlts)"
        raise ValueError(f"cohort {position + 1} must {rule}, but got {cohort!r}")
    level, evaluable, dlts = cohort
    if level not in levels:
        listed = ", ".join(map(repr, levels))
        raise ValueError(f"level{place} must be one of {listed}, but got {level!r}")
    evaluable, dlts = count(evaluable, f"evaluable{place}"), count(dlts, f"dlts{place}")
    if dlts > evaluable:
        raise ValueError(f"dlts{place} must not exceed evaluable, {evaluable}, but got {dlts}")
    return level, evaluable, dlts
