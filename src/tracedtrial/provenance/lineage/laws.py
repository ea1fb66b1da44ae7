"""The three laws, asked of one mutant at a time; and whether shares name those they count."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tracedtrial.provenance.lineage.mutation import Mutation, RawRows
from tracedtrial.provenance.lineage.rederivation import Numbers, Rederivation
from tracedtrial.record.number import Number

SHARES = {"patients", "percentage", "patients with a DLT"}


@dataclass(frozen=True)
class Violation:
    """A law broken: by which number, at which record, under which mutation."""

    law: str
    id: str
    record: int
    mutation: Mutation | None = None
    patient: int | None = None

    def told(self, rows: RawRows) -> str:
        (key,) = rows.raw.keys(np.array([self.record]))
        if self.law == "counted":
            return f"{self.law}: {self.id}: its records, {key} among them, are of other patients"
        if self.mutation is None:
            return f"{self.law}: {self.id}: no valid change of {key} moves it"
        how = (
            f"{self.mutation.column} set to {self.mutation.text!r}"
            if self.mutation.column
            else f"{len(self.mutation.records)} rows deleted"
        )
        return f"{self.law}: {self.id}: {key}, {how}"


def stated(number: Number | None) -> object:
    """What must stay as it was: value, numerator and denominator."""
    return None if number is None else (number.value, number.n, number.denominator)


def holds(number: Number | None, record: int) -> bool:
    """Whether the record is one of the number's, in any role."""
    return number is not None and any(
        _within(records, record) for records in number.records.values()
    )


def _within(records: np.ndarray, record: int) -> bool:
    place = np.searchsorted(records, record)
    return place < len(records) and records[place] == record


def unsound(before: Numbers, after: Numbers, mutation: Mutation) -> Iterator[Violation]:
    """Numbers that moved though no changed row was among their records, before or after."""
    for id in before.keys() | after.keys():
        old, new = before.get(id), after.get(id)
        if old is new or stated(old) == stated(new):
            continue
        if not any(holds(old, r) or holds(new, r) for r in mutation.records):
            yield Violation("sound", id, mutation.records[0], mutation)


def unloosened(before: Numbers, after: Numbers, ids: set[str], record: int) -> set[str]:
    """Of the numbers that hold `record`, those that neither moved nor let go of it."""
    return {
        id
        for id in ids
        if stated(before[id]) == stated(after.get(id)) and holds(after.get(id), record)
    }


def loose(
    engine: Rederivation, rows: RawRows, record: int, ids: set[str], seed: object, tally: dict
) -> Iterator[Violation]:
    """Numbers whose record no valid change of one column moves or takes out."""
    waiting = set(ids)
    for mutation in rows.ordered(rows.changes(record, seed)):
        if not waiting:
            return
        raw = rows.mutated(mutation)
        tally["tried"] += 1
        if raw is None:
            tally["refused"] += 1
            continue
        waiting = unloosened(engine.numbers, engine(raw), waiting, record)
    for id in sorted(waiting):
        yield Violation("tight", id, record)


def miscounted(numbers: Numbers, rows: RawRows) -> Iterator[Violation]:
    """Shares of patients whose roles hold other patients than they count.

    As many patients support a number as its numerator says, where anything supports it, and as
    many are in its population as its denominator says.
    """
    for id, number in numbers.items():
        count = numbers.get(id.removesuffix("percent") + "n", number)
        if number.source == "data" and {number.statistic, count.statistic} <= SHARES:
            for role, told in (("supports", number.n), ("population", number.denominator)):
                records = number.records.get(role)
                if (
                    records is not None
                    and len(records)
                    and told != len(np.unique(rows.raw.subject_of[records]))
                ):
                    yield Violation("counted", id, int(records[0]))


def remaining(after: Numbers, rows: RawRows, id: str, role: str, patient: int) -> bool:
    """Whether the patient is still in the role of the number."""
    number = after.get(id)
    if number is None or role not in number.records:
        return False
    return bool((rows.raw.subject_of[number.records[role]] == patient).any())
