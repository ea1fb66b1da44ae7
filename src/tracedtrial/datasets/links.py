"""Which raw records stand behind a subject's dates and visits.

Answers are pairs: places of derived rows, and the record numbers (or visits) that belong to them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import by_subject
from tracedtrial.datasets.datasets import Datasets
from tracedtrial.datasets.dates import DAY, imputed_starts
from tracedtrial.datasets.last_alive import last_day

Pairs = tuple[np.ndarray, np.ndarray]
SPAN = 1_000_000  # more than any subject's days or visits


@dataclass(frozen=True)
class Index:
    """Values by key, the keys rising; a key may have several values, or none."""

    keys: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray, values: np.ndarray) -> "Index":
        order = np.argsort(keys, kind="stable")
        return cls(np.asarray(keys)[order], np.asarray(values)[order])

    def found(self, wanted: np.ndarray, rows: np.ndarray) -> Pairs:
        """(row, value) for each value behind `wanted[k]`, the key on which `rows[k]` rests."""
        first = np.searchsorted(self.keys, wanted, "left")
        count = np.searchsorted(self.keys, wanted, "right") - first
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(rows, count), self.values[np.repeat(first, count) + step]


class Links:
    """Which raw records stand behind a subject's dates and visits; a visit is its place."""

    def __init__(self, data: Datasets) -> None:
        self.data, self.raw = data, data.raw
        self.visits, self.best = data.adrs.visits, data.adrs.best.frame
        self.subjects = self.visits["subject"].to_numpy(np.int64)
        self.day = days(self.visits["ADT"])
        self.adequate = (self.visits["AVALC"] != "NE").to_numpy()

    def first_dose(self, subjects: np.ndarray, rows: np.ndarray) -> Pairs:
        """The administrations on the day of the first dose."""
        return self._first_dose.found(subjects, rows)

    def death(self, subjects: np.ndarray, rows: np.ndarray) -> Pairs:
        dm = self.raw.tables["dm"]
        return Index.of(by_subject(dm), dm.index.to_numpy()).found(subjects, rows)

    def alive(self, subjects: np.ndarray, rows: np.ndarray) -> Pairs:
        """The records of the last day on which the subject was known to be alive."""
        alive = last_day(self.data.alive)
        return Index.of(alive["subject"].to_numpy(), alive.index.to_numpy()).found(subjects, rows)

    def therapy(self, subjects: np.ndarray, rows: np.ndarray) -> Pairs:
        """The subsequent therapies that began first."""
        cm = self.raw.tables["cm"].loc[self.data.adrs.best.sources["therapy"]]
        owner = by_subject(cm)
        first_dose = self.data.adsl.frame["TRTSDT"].to_numpy(DAY)[owner]
        start = imputed_starts(cm["CMSTDTC"], cm["CMENDTC"], first_dose).astype(np.int64)
        return _latest(owner, -start, cm.index.to_numpy()).found(subjects, rows)

    def assessed(self, subjects: np.ndarray, day: np.ndarray, rows: np.ndarray) -> Pairs:
        """(row, place) of the adequate visits of those days."""
        places = np.flatnonzero(self.adequate)
        by_day = Index.of(self.subjects[places] * SPAN + self.day[places], places)
        return by_day.found(subjects * SPAN + day, rows)

    def decided(self, places: np.ndarray, rows: np.ndarray) -> Pairs:
        """The records that gave the response at visits: laboratory rows, and imaging."""
        return self._decided.found(places, rows)

    def compared(self, places: np.ndarray, rows: np.ndarray) -> Pairs:
        """The investigator's records of visits."""
        return self._at_visit(self.data.adrs.best.sources["rs"]).found(places, rows)

    def first_place(self, chosen: np.ndarray) -> np.ndarray:
        """Place of each subject's first visit among `chosen`; -1 where there is none."""
        first = np.full(len(self.best), -1)
        places = np.flatnonzero(chosen)[::-1]
        first[self.subjects[places]] = places
        return first

    @cached_property
    def progression(self) -> np.ndarray:
        """Place of each subject's first confirmed progression."""
        return self.first_place((self.visits["CONFIRMED"] == "PD").to_numpy())

    @cached_property
    def progresses_first(self) -> np.ndarray:
        """Whether each subject's first event is progression; it is where both fall on one day."""
        progression, death = self.best["PROGDT"], self.data.adsl.frame["DTHDT"]
        return (progression.notna() & ~(death < progression)).to_numpy()

    @cached_property
    def _first_dose(self) -> Index:
        adex = self.data.adex.frame
        owner = by_subject(adex)
        first = days(adex["ASTDT"]) == days(self.data.adsl.frame["TRTSDT"])[owner]
        chosen = adex["DOSED"].to_numpy() & first
        return Index.of(owner[chosen], adex.index.to_numpy()[chosen])

    @cached_property
    def _decided(self) -> Index:
        sources, place = self.data.adrs.best.sources, self.data.adrs.visit_of
        imaging, (served, serving) = self._at_visit(sources["imaging"]), self.data.adrs.serving
        return Index.of(
            np.concatenate([place[place >= 0], imaging.keys, served]),
            np.concatenate([sources["weighed"][place >= 0], imaging.values, serving]),
        )

    def _at_visit(self, records: np.ndarray) -> Index:
        """The RS records after the first dose by the place of their visit."""
        rs = self.raw.tables["rs"].loc[records]
        owner = by_subject(rs)
        later = days(rs["RSDTC"]) > days(self.data.adsl.frame["TRTSDT"])[owner]
        both = np.concatenate([self.visits["VISITNUM"], rs["VISITNUM"]])
        code = np.unique(both, return_inverse=True)[1]
        visits = Index.of(
            self.subjects * SPAN + code[: len(self.subjects)], np.arange(len(self.subjects))
        )
        wanted = owner.astype(np.int64) * SPAN + code[len(self.subjects) :]
        found, places = visits.found(wanted[later], records[later])
        return Index.of(places, found)


def _latest(owner: np.ndarray, day: np.ndarray, records: np.ndarray) -> Index:
    """By owner, the records of the owner's greatest day."""
    greatest = pd.Series(day).groupby(owner).transform("max").to_numpy()
    last = day == greatest
    return Index.of(owner[last], records[last])


def days(dates: pd.Series) -> np.ndarray:
    """Whole days since 1970; the least integer where there is no date."""
    return dates.to_numpy(DAY).astype(np.int64)
