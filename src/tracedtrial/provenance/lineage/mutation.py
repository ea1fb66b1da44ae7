"""Mutants of the raw tables: a row deleted, a cell set to another valid value, or a row moved in
time by both of its dates.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from tracedtrial.inputs.formats.files import raw_file
from tracedtrial.inputs.formats.reading import content_of, texts
from tracedtrial.inputs.schema import RawTables, rules
from tracedtrial.inputs.schema.columns import Kind
from tracedtrial.inputs.schema.tables import Table

IDENTITY = ("STUDYID", "DOMAIN", "USUBJID")  # these and --SEQ name the row
LONG_AGO, FAR_AHEAD = "1900-01-02", "2199-12-30"
MOST_CODES, MOST_TEXTS, TRIES, FIRST_ROWS = 6, 12, 2, 4
RESULT = "STRESC"


@dataclass(frozen=True)
class Mutation:
    """A deletion of records, or where `column` is given, one record's cell set to `text`.

    `until` is the column of the row's other date where that is set to `text` too.
    """

    records: tuple[int, ...]
    column: str | None = None
    text: str = ""
    until: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in (self.column, self.until) if name)


class RawRows:
    """The raw tables as texts beside their typed frames, and how one is changed with the other."""

    def __init__(
        self, raw: RawTables, specs: dict[str, Table], protocol: dict, folder: Path
    ) -> None:
        self.raw, self.specs, self.protocol = raw, specs, protocol
        self.texts = {
            d: _texts(raw_file(folder, d), specs[d], start).loc[raw.tables[d].index]
            for d, start in zip(raw.domains, raw.domain_starts)
        }
        self._domain_of = (
            np.searchsorted(raw.domain_starts, np.arange(len(raw.subject_of)), side="right") - 1
        )
        self.records = np.sort(np.concatenate([f.index for f in raw.tables.values()]))
        self._bounds: dict[tuple[str, str], frozenset[str]] = {}
        self.favoured: dict[str, list[tuple[str, int]]] = {}  # columns and which of their changes
        self._by_subject = {d: frame.groupby("USUBJID").groups for d, frame in self.texts.items()}

    def domain(self, record: int) -> str:
        return self.raw.domains[self._domain_of[record]]

    def whole(self, records: np.ndarray) -> tuple[int, ...]:
        """The records with all rows of each patient whose `dm` row is among them."""
        subjects = {self.raw.subject_of[r] for r in records if self.domain(int(r)) == "dm"}
        more = self.records[np.isin(self.raw.subject_of[self.records], list(subjects))]
        return tuple(int(r) for r in np.union1d(records, more))

    def mutated(self, mutation: Mutation) -> RawTables | None:
        """The typed tables after the mutation; None where the schema refuses it."""
        if mutation.column is None:
            return self._without(np.array(mutation.records))
        if not self._accepted(mutation):
            return None
        (record,) = mutation.records
        domain = self.domain(record)
        frame = self.raw.tables[domain].copy(deep=False)
        for name in mutation.columns:
            frame[name] = _with_cell(
                frame[name], record, mutation.text, self.specs[domain].columns[name]
            )
        return replace(self.raw, tables={**self.raw.tables, domain: frame})

    def _without(self, records: np.ndarray) -> RawTables:
        tables = dict(self.raw.tables)
        for place in set(self._domain_of[records]):
            domain = self.raw.domains[place]
            tables[domain] = tables[domain].drop(index=records[self._domain_of[records] == place])
        return replace(self.raw, tables=tables)

    def _accepted(self, mutation: Mutation) -> bool:
        """Whether the changed row keeps the rules, with the patient's other rows beside it."""
        (record,) = mutation.records
        domain = self.domain(record)
        table = self.specs[domain]
        if not all(table.columns[name].valid(mutation.text) for name in mutation.columns):
            return False
        subject = self.texts[domain].at[record, "USUBJID"]
        own = self.texts[domain].loc[self._by_subject[domain][subject]].copy()
        own.loc[record, list(mutation.columns)] = mutation.text
        beside = own if domain != "ae" else pd.concat([own, self._other_terms(subject)])
        findings = list(rules.table_findings(table, beside, self.protocol))
        if domain in ("rs", "dm"):
            findings += self._first_dose(domain, subject, own)
        return not any(bad.any() for _, _, bad in findings)

    def _other_terms(self, subject: str) -> pd.DataFrame:
        """A row of another patient for each preferred term: its class binds every row."""
        ae = self.texts["ae"]
        return ae[ae["USUBJID"] != subject].drop_duplicates("AEDECOD")

    def _first_dose(self, domain: str, subject: str, own: pd.DataFrame) -> list[rules.Finding]:
        pair = {
            name: self.texts[name].loc[self._by_subject[name].get(subject, [])]
            for name in ("rs", "dm")
        } | {domain: own}
        return list(rules.first_dose_findings(pair["rs"], pair["dm"]))

    def changes(self, record: int, seed: random.Random) -> Iterator[Mutation]:
        """Changes of the row, column by column: dates, codes, numbers, then texts.

        Columns that no change of this kind of row may touch alone are left out.
        """
        domain = self.domain(record)
        table, bound = self.specs[domain], self._bound(domain, self._test(record))
        names = [name for name in table.columns if name not in (*IDENTITY, table.sequence, *bound)]
        for name in sorted(names, key=lambda n: _ORDER[table.columns[n].kind]):
            yield from self._changes(record, name, seed)

    def _changes(self, record: int, name: str, seed: random.Random) -> Iterator[Mutation]:
        domain = self.domain(record)
        present, column = self.texts[domain].at[record, name], self._alike(record, name)
        kind = self.specs[domain].columns[name]
        if name.endswith(RESULT) and kind.kind == "code":
            kind = replace(kind, codes=tuple(code for code in kind.codes if code in set(column)))
        for text in self._in_order(record, name, other_texts(kind, present, column, seed)):
            yield Mutation((record,), name, text)
        for first, last in self.specs[domain].ordered:
            if name == first and present and self.texts[domain].at[record, last]:
                yield Mutation((record,), first, LONG_AGO, until=last)
                yield Mutation((record,), first, FAR_AHEAD, until=last)

    def _test(self, record: int) -> str:
        """The code of the row's test; empty in a table without tests."""
        domain = self.domain(record)
        name = f"{domain.upper()}TESTCD"
        return self.texts[domain].at[record, name] if name in self.texts[domain] else ""

    def _alike(self, record: int, name: str) -> pd.Series:
        """The column in rows of the same test; of a preferred term, in those of its class."""
        frame = self.texts[self.domain(record)]
        for by in (f"{self.domain(record).upper()}TESTCD", "AEBODSYS"):
            if by in frame and name != by and (by != "AEBODSYS" or name == "AEDECOD"):
                return frame.loc[frame[by] == frame.at[record, by], name]
        return frame[name]

    def _bound(self, domain: str, test: str) -> frozenset[str]:
        if (domain, test) not in self._bounds:
            self._bounds[domain, test] = self._always_refused(domain, test)
        return self._bounds[domain, test]

    def _always_refused(self, domain: str, test: str) -> frozenset[str]:
        """Columns of which the schema refuses each change tried in the first rows of a test."""
        frame, table = self.texts[domain], self.specs[domain]
        rows = frame.index if not test else frame.index[frame[f"{domain.upper()}TESTCD"] == test]
        names = [name for name in table.columns if name not in (*IDENTITY, table.sequence)]
        return frozenset(
            name
            for name in names
            if not any(
                self._accepted(change)
                for record in rows[:FIRST_ROWS]
                for change in self._changes(record, name, random.Random(test))
            )
        )

    def _in_order(self, record: int, name: str, texts: list[str]) -> list[str]:
        """Of the dates, those that keep the order of the row's dates, and its other date."""
        row = self.texts[self.domain(record)].loc[record]
        for first, last in self.specs[self.domain(record)].ordered:
            limit = row[last if name == first else first]
            if name in (first, last) and limit:
                texts = [
                    t
                    for t in (limit, *texts)
                    if t != row[name] and (not t or (t <= limit if name == first else t >= limit))
                ]
        return list(dict.fromkeys(texts))

    def ordered(self, changes: Iterator[Mutation]) -> list[Mutation]:
        """The changes of one row, with those first that `favoured` names first."""
        every = list(placed(changes))
        favoured = self.favoured.get(self.domain(every[0][1].records[0]), []) if every else []
        ranks = {place: rank for rank, place in enumerate(favoured)}
        return [
            change for _, change in sorted(every, key=lambda pair: ranks.get(pair[0], len(ranks)))
        ]

    def seeded_change(self, record: int, seed: random.Random) -> Mutation | None:
        """One valid change of a column chosen by the seed; None where the row has none."""
        changes = list(self.changes(record, seed))
        columns = sorted({change.column for change in changes})
        for column in seed.sample(columns, len(columns)):
            own = [change for change in changes if change.column == column]
            for change in seed.sample(own, min(TRIES, len(own))):
                if self._accepted(change):
                    return change
        return None


def placed(changes: Iterator[Mutation]) -> Iterator[tuple[tuple[str, int], Mutation]]:
    """Each change of a row with its column and its place among the changes of that column."""
    seen: Counter = Counter()
    for change in changes:
        yield (change.column, seen[change.column]), change
        seen[change.column] += 1


_ORDER = {"date": 0, "partial date": 0, "integer": 1, "number": 1, "code": 2, "text": 3}


def other_texts(kind: Kind, present: str, column: pd.Series, seed: random.Random) -> list[str]:
    """Other texts that a cell of this kind may hold, in the order in which they are tried."""
    if kind.kind == "code":
        found = [code for code in kind.codes if code != present]
        found = seed.sample(found, min(MOST_CODES, len(found)))
    elif kind.is_number:
        found = _other_numbers(present, kind.kind == "integer")
    elif kind.kind in ("date", "partial date"):
        found = _other_dates(present)
    else:
        distinct = sorted(set(column) - {present, ""})
        found = seed.sample(distinct, min(MOST_TEXTS, len(distinct))) + ["Other text"]
    found = [text for text in found if text != present and kind.valid(text)]
    return found + ([""] if kind.empty and present != "" else [])


def _other_numbers(present: str, whole: bool) -> list[str]:
    value = float(present or 1)
    found = [0, value * 2, value / 2, value * 10, value + 1, value * 1000]
    return [f"{round(v) if whole else round(v, 6):g}" for v in found]


def _other_dates(present: str) -> list[str]:
    if len(present) != 10:
        return [FAR_AHEAD, LONG_AGO]
    day = date.fromisoformat(present)
    near = [(day + timedelta(days)).isoformat() for days in (1, -1, 60, -60)]
    return [FAR_AHEAD, LONG_AGO, *near]


def _texts(path: Path, table: Table, start: int) -> pd.DataFrame:
    """The file's texts by record number; the first is `start`."""
    header, *rows = texts(content_of(path), path.as_posix())
    frame = pd.DataFrame(rows, columns=header, dtype=str)
    by = ["USUBJID"] + ([table.sequence] if table.sequence else [])
    frame = frame.sort_values(
        by,
        key=lambda c: c.astype(int) if c.name == table.sequence else c,
        kind="stable",
        ignore_index=True,
    )
    return frame.set_index(pd.RangeIndex(start, start + len(frame)))


def _with_cell(column: pd.Series, record: int, text: str, kind: Kind) -> pd.Series:
    column = column.copy()
    if kind.is_number:
        column.at[record] = float(text or "nan")
    elif kind.kind == "date":
        column.at[record] = pd.Timestamp(text) if text else pd.NaT
    else:
        if text not in column.cat.categories:
            column = column.cat.add_categories([text])
        column.at[record] = text
    return column
