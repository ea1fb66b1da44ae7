"""Rows of a raw table that two versions of it do not share, by record key."""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tracedtrial.inputs.formats.cells import number_text
from tracedtrial.inputs.formats.reading import records

SUBJECT = "USUBJID"
DECIMAL = re.compile(r"-?\d+\.\d+", re.ASCII)


@dataclass(frozen=True)
class TableChange:
    """A raw table whose content differs. Counts are None where a version of it is not at hand.

    `columns` are those with a changed cell; `patients` counts who has a row that differs.
    """

    name: str
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    columns: tuple[str, ...] = ()
    patients: int | None = None

    @property
    def counted(self) -> bool:
        return self.changed is not None

    def __str__(self) -> str:
        if not self.counted:
            return "differs; its rows cannot be counted, for one version is not at hand"
        told = [
            f"{count} {_rows(count)} {what}"
            for count, what in (
                (self.added, "added"),
                (self.removed, "removed"),
                (self.changed, "changed"),
            )
            if count
        ]
        columns = f" in {', '.join(self.columns)}" if self.columns else ""
        patients = f", of {self.patients} {'patient' if self.patients == 1 else 'patients'}"
        if not told:
            return "same rows in another order or form"
        return ", ".join(told) + columns + patients


def table_change(
    name: str, old: bytes | None, new: bytes | None, old_name: str = ""
) -> TableChange:
    """What differs between two versions of a table; neither row order nor format counts."""
    if old is None or new is None:
        return TableChange(name)
    before, after = keyed_rows(old, old_name or name), keyed_rows(new, name)
    if Path(name).suffix != Path(old_name or name).suffix:
        before, after = _plain(before), _plain(after)
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    changed = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    columns = {
        column: None
        for key in sorted(changed)
        for column in {**before[key], **after[key]}
        if before[key].get(column) != after[key].get(column)
    }
    patients = {key[0] for key in added | removed | changed}
    return TableChange(name, len(added), len(removed), len(changed), tuple(columns), len(patients))


def keyed_rows(content: bytes, name: str) -> dict[tuple[str, str], dict[str, str]]:
    """Rows by USUBJID and --SEQ; a table without --SEQ has one row a subject.

    Examples
    --------
    >>> keyed_rows(b"USUBJID,AESEQ,AETOXGR\\n01,7,3\\n", "ae.csv")
    {('01', '7'): {'USUBJID': '01', 'AESEQ': '7', 'AETOXGR': '3'}}
    """
    rows = records(content, name) if content else []
    sequence = f"{Path(name).stem.upper()}SEQ"
    return {(row[SUBJECT], row.get(sequence, "1")): row for row in rows}


def _plain(rows: dict[tuple, dict[str, str]]) -> dict[tuple, dict[str, str]]:
    """The rows with numbers in their shortest form: 2.50 in a CSV file is 2.5 in other formats."""
    return {
        key: {
            name: number_text(Decimal(text)) if DECIMAL.fullmatch(text) else text
            for name, text in row.items()
        }
        for key, row in rows.items()
    }


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"
