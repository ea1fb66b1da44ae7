"""Dose escalation: cohorts in the order treated, their DLTs, the rule's decisions."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tracedtrial.datasets import Datasets
from tracedtrial.datasets.dataset import NOTHING, union
from tracedtrial.statistics import three_plus_three


@dataclass(frozen=True)
class Cohort:
    """Patients of one cohort at one dose level; masks are over subject numbers.

    Who is not evaluable is replaced within the cohort (DLT-5).
    """

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
    """Which dose level is recommended, and what the 3 + 3 rule says.

    `decisions` are the rule's after each cohort, `by_rule` is the level that it recommends and
    `level` the one that holds: the protocol's where it declares one (DLT-10), else the rule's;
    None is not estimable. `records` are the rows on which the rule's answer rests, `expanded`
    the patients treated at levels that only the expansion was treated at.
    """

    cohorts: tuple[Cohort, ...]
    decisions: tuple[str, ...]
    by_rule: str | None
    declared: str | None
    records: np.ndarray
    expanded: np.ndarray

    @property
    def level(self) -> str | None:
        return self.declared or self.by_rule

    @property
    def chosen_by(self) -> np.ndarray:
        """The rows that chose the level that holds; none where the protocol declares it."""
        return NOTHING if self.declared else self.records


def dose_decision(data: Datasets, protocol: dict) -> Decision:
    """The rule applied to the escalation cohorts, in the order of their numbers (DLT-6)."""
    cohorts = tuple(_cohorts(data, protocol))
    expanded = _expanded(data, protocol, cohorts)
    outcome = three_plus_three(
        [(cohort.level, cohort.size, cohort.dlts) for cohort in cohorts],
        _escalation_levels(data, protocol, expanded),
        require_six_at_final=protocol["escalation"]["six_at_final"]["value"],
    )
    members = (
        np.any([cohort.treated for cohort in cohorts], axis=0)
        if cohorts
        else np.zeros(len(data.raw.subjects), bool)
    )
    weighed = union(
        data.adsl.sources["assigned"],
        data.adsl.sources["opening"],
        *(data.addl.sources[name] for name in ("dlt", "completed", "turning")),
    )
    records = weighed[members[data.raw.subject_of[weighed]]]
    declared = protocol["escalation"].get("recommended", {}).get("level")
    return Decision(cohorts, outcome.decisions, outcome.recommended, declared, records, expanded)


def _expanded(data: Datasets, protocol: dict, cohorts: tuple[Cohort, ...]) -> np.ndarray:
    """Patients treated at dose levels that no escalation cohort opened (DLT-7)."""
    frame, opened = data.adsl.frame, {cohort.level for cohort in cohorts}
    unopened = [level for level in protocol["dose_levels"] if level not in opened]
    return ((frame["NDOSED"] > 0) & frame["ARMCD"].isin(unopened)).to_numpy()


def _escalation_levels(data: Datasets, protocol: dict, expanded: np.ndarray) -> list[str]:
    """The declared levels, without those at which only the expansion was treated (DLT-7)."""
    outside = set(data.adsl.frame["ARMCD"][expanded])
    return [level for level in protocol["dose_levels"] if level not in outside]


def _cohorts(data: Datasets, protocol: dict) -> Iterator[Cohort]:
    """DLT-6: patients by COHORT and level, without those of the expansion."""
    frame, addl = data.adsl.frame, data.addl.frame
    expansion = protocol["escalation"]["expansion_cohort"]["value"]
    treated = (frame["ASSIGNED"] & (frame["NDOSED"] > 0)).to_numpy()
    numbers = sorted(
        {
            int(cohort)
            for cohort in frame.loc[treated, "COHORT"].dropna()
            if cohort not in ("", expansion)
        }
    )
    place: dict[str, int] = {}
    for number in numbers:
        for level in protocol["dose_levels"]:
            member = (frame["COHORT"] == str(number)) & (frame["ARMCD"] == level)
            here = treated & member.to_numpy()
            if here.any():
                place[level] = place.get(level, 0) + 1
                yield Cohort(
                    level,
                    place[level],
                    here,
                    here & addl["DLTEVLFL"].to_numpy(),
                    here & addl["DLTFL"].to_numpy(),
                )
