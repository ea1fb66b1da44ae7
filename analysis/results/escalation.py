"""Dose escalation: cohorts in the order treated, their DLTs, the rule's decisions."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.derive import Datasets
from analysis.derive.dataset import union
from analysis.stats import three_plus_three


@dataclass(frozen=True)
class Cohort:
    """Patients of one cohort at one dose level; masks are over subject numbers."""

    level: str
    place: int
    treated: np.ndarray
    evaluable: np.ndarray
    toxic: np.ndarray

    @property
    def size(self) -> int:
        return int(self.evaluable.sum())

    @property
    def dlts(self) -> int:
        return int(self.toxic.sum())


@dataclass(frozen=True)
class Decision:
    """What the 3 + 3 rule decides: after each cohort, the level (None: not estimable), its rows."""

    cohorts: tuple[Cohort, ...]
    decisions: tuple[str, ...]
    level: str | None
    records: np.ndarray


def dose_decision(data: Datasets, protocol: dict) -> Decision:
    """The rule applied to the escalation cohorts, in the order of their numbers."""
    cohorts = tuple(_cohorts(data, protocol))
    outcome = three_plus_three(
        [(cohort.level, cohort.size, cohort.dlts) for cohort in cohorts],
        list(protocol["dose_levels"]),
        require_six_at_final=protocol["escalation"]["six_at_final"]["value"])
    members = np.any([cohort.treated for cohort in cohorts], axis=0) if cohorts else np.zeros(
        len(data.raw.subjects), bool)
    weighed = union(data.adsl.sources["assigned"], data.adsl.sources["opening"],
                    *(data.addl.sources[name] for name in ("dlt", "completed", "turning")))
    records = weighed[members[data.raw.subject_of[weighed]]]
    return Decision(cohorts, outcome.decisions, outcome.recommended, records)


def _cohorts(data: Datasets, protocol: dict) -> Iterator[Cohort]:
    frame, addl = data.adsl.frame, data.addl.frame
    expansion = protocol["escalation"]["expansion_cohort"]["value"]
    treated = (frame["ASSIGNED"] & (frame["NDOSED"] > 0)).to_numpy()
    numbers = sorted({int(cohort) for cohort in frame.loc[treated, "COHORT"].dropna()
                      if cohort not in ("", expansion)})
    place: dict[str, int] = {}
    for number in numbers:
        for level in protocol["dose_levels"]:
            member = (frame["COHORT"] == str(number)) & (frame["ARMCD"] == level)
            here = treated & member.to_numpy()
            if here.any():
                place[level] = place.get(level, 0) + 1
                yield Cohort(level, place[level], here, here & addl["DLTEVLFL"].to_numpy(),
                             here & addl["DLTFL"].to_numpy())
