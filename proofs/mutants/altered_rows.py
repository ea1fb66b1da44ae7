"""The raw tables of some of the patients, with many valid changes at once, by seed.

As much is changed in one table as in another, and in rows of a rare kind as in those of a common
one: a third puts a date on an edge (first dose, end of the windows for toxicity, cut-off, any other
date of the patient), a third a number at a limit that the code names, a third is any other valid
content of a cell. Some visits are given every test, for a rule of several is rarely met. Some rows
are left out, and in each table all of one patient.
"""

import random
from collections.abc import Collection, Iterator
from functools import cached_property

import numpy as np
import pandas as pd

from tracedtrial.analyses.trial import Trial
from tracedtrial.provenance.lineage.mutation import Mutation, RawRows

PATIENTS = (8, 16, 40)  # or all that there are
CHANGES, VISITS = 12, 8  # of each patient
DROPPED = 0.02  # of the rows
FEW = 12  # codes that tell kinds of rows
TESTED = {"lb"}  # tables in which a visit may hold more tests
DATED = {
    "ae": "AESTDTC",
    "lb": "LBDTC",
    "rs": "RSDTC",
    "ss": "SSDTC",
    "cm": "CMSTDTC",
    "ex": "EXSTDTC",
    "sc": "SCDTC",
    "ds": "DSSTDTC",
}


class AlteredRows:
    """Makes the tables; `limits` are the numbers that the code is written with."""

    def __init__(self, rows: RawRows, trial: Trial, limits: list[float]) -> None:
        self._rows, self._trial, self._limits = rows, trial, limits
        self._kinds = (self._on_an_edge, self._at_a_limit, rows.seeded_change)

    def tables(self, seed: random.Random) -> dict[str, pd.DataFrame]:
        """Every table, as texts."""
        everyone = sorted(self._rows.texts["dm"]["USUBJID"])
        patients = seed.sample(everyone, min(seed.choice(PATIENTS), len(everyone)))
        texts = {name: frame.copy() for name, frame in self._rows.texts.items()}
        for change in self._changes(set(patients), seed):
            (record,) = change.records
            texts[self._rows.domain(record)].at[record, change.column] = change.text
        return {
            name: self._completed(name, self._thinned(name, frame, patients, seed), seed)
            for name, frame in texts.items()
        }

    def _changes(self, patients: Collection[str], seed: random.Random) -> Iterator[Mutation]:
        for _ in range(CHANGES * len(self._rows.texts["dm"])):
            domain = seed.choice(self._trial.data.raw.domains)
            record = int(seed.choice(seed.choice(seed.choice(self._strata[domain]))))
            if self._rows.texts[domain].at[record, "USUBJID"] in patients:
                change = seed.choice(self._kinds)(record, seed)
                if change and self._rows.mutated(change) is not None:
                    yield change

    @cached_property
    def _strata(self) -> dict[str, list[list[np.ndarray]]]:  # drawn from level by level
        """By table, for each column of few codes, the records of each code."""
        found = {}
        for domain, frame in self._rows.texts.items():
            coded = [name for name in frame if frame[name].nunique() <= FEW]
            found[domain] = [
                [own.to_numpy() for own in frame.groupby(name).groups.values()] for name in coded
            ]
        return found

    @staticmethod
    def _thinned(
        domain: str, frame: pd.DataFrame, patients: list[str], seed: random.Random
    ) -> pd.DataFrame:
        if domain == "dm":
            return frame[frame["USUBJID"].isin(patients)]
        frame = frame[frame["USUBJID"].isin(set(patients) - {seed.choice(patients)})]
        return frame.drop(index=seed.sample(list(frame.index), round(DROPPED * len(frame))))

    def _completed(self, domain: str, frame: pd.DataFrame, seed: random.Random) -> pd.DataFrame:
        """The table with a result of every test at some visits: another row's, or at a limit."""
        if domain not in TESTED:
            return frame
        test, sequence = f"{domain.upper()}TESTCD", self._rows.specs[domain].sequence
        place = ["STUDYID", "DOMAIN", "USUBJID", "VISITNUM", "VISIT", DATED[domain]]
        word, added = f"{domain.upper()}STRESC", []
        words = sorted(set(frame[word]) - {""})
        for _, own in frame.groupby("USUBJID"):
            for _ in range(VISITS):
                at = frame.loc[seed.choice(own.index)]
                for _, donors in frame.groupby(test):
                    row = donors.loc[seed.choice(donors.index)].copy()
                    row[place] = at[place]
                    if row[word]:
                        row[word] = seed.choice(words)
                    else:
                        self._limited(domain, row, own, seed)
                    added.append(row)
        added = pd.DataFrame(added)
        last = frame[sequence].astype(int).max()
        added[sequence] = [str(last + k) for k in range(1, len(added) + 1)]
        return pd.concat([frame, added], ignore_index=True)

    def _limited(self, domain: str, row: pd.Series, own: pd.DataFrame, seed: random.Random) -> None:
        """Put the row's number at a limit, alone or against another of the patient's."""
        name = f"{domain.upper()}STRESN"
        kind = self._rows.specs[domain].columns[name]
        others = own.loc[own[name] != "", name]
        text = self._limit(float(seed.choice(list(others))) if len(others) else 1.0, seed)
        if row[name] and kind.valid(text) and float(text) >= 0:
            row[name] = seed.choice([row[name], text, text])

    def _at_a_limit(self, record: int, seed: random.Random) -> Mutation | None:
        """A number of the row at a limit of the code, alone or against another of its kind."""
        domain = self._rows.domain(record)
        table, frame = self._rows.specs[domain], self._rows.texts[domain]
        row = frame.loc[record]
        names = [
            name
            for name, kind in table.columns.items()
            if kind.is_number and name != table.sequence and row[name]
        ]
        if not names:
            return None
        name, test = seed.choice(names), f"{domain.upper()}TESTCD"
        alike = frame[
            (frame["USUBJID"] == row["USUBJID"])
            & (frame[name] != "")
            & ((frame[test] == row[test]) if test in frame else True)
        ]
        return Mutation((record,), name, self._limit(float(alike[name].iloc[0]), seed))

    def _limit(self, other: float, seed: random.Random) -> str:
        """A limit of the code: as it is, or of or beside another number."""
        limit = seed.choice(self._limits)
        number = seed.choice(
            [0, limit, limit * other, (1 - limit) * other, limit + other, other / (limit or 1)]
        )
        return f"{round(number, 6):g}"

    def _on_an_edge(self, record: int, seed: random.Random) -> Mutation | None:
        """The row's date on an edge of its patient's windows, or in the edge's month."""
        raw, protocol = self._trial.data.raw, self._trial.protocol
        domain = self._rows.domain(record)
        column = DATED.get(domain)
        core = self._trial.data.adsl.frame.loc[raw.subject_of[record]]
        if column is None or pd.isna(core["TRTSDT"]):
            return None
        window = protocol["dlt"]["window"]["days"]
        emergent = protocol["safety"]["emergent"]["days_after_last_dose"]
        day = np.timedelta64(1, "D")
        cutoff = pd.Timestamp(protocol["trial"]["cutoff"]["value"])
        edges = [
            *self._other_date(core["USUBJID"], seed),
            core["TRTSDT"],
            core["TRTSDT"] + (window - 1) * day,
            core["TRTSDT"] + window * day,
            core["TRTEDT"] + emergent * day,
            core["TRTEDT"] + (emergent + 1) * day,
            cutoff,
            cutoff + day,
        ]
        edge = seed.choice(edges).strftime("%Y-%m-%d")
        partial = self._rows.specs[domain].columns[column].kind == "partial date"
        return Mutation((record,), column, seed.choice([edge, edge[:7]]) if partial else edge)

    def _other_date(self, subject: str, seed: random.Random) -> list[pd.Timestamp]:
        """A date in another of the patient's rows, in any table."""
        domain = seed.choice([name for name in DATED if name in self._rows.texts])
        frame = self._rows.texts[domain]
        dates = frame.loc[frame["USUBJID"] == subject, DATED[domain]]
        whole = sorted(date for date in dates if len(date) == 10)
        return [pd.Timestamp(seed.choice(whole))] * 3 if whole else []
