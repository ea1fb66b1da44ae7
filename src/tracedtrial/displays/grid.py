"""A table is a value: columns, rows of printed texts, notes; each verb returns a new table."""

import json
from dataclasses import dataclass, replace
from typing import Any

from tracedtrial import spreadsheet
from tracedtrial.displays import markdown
from tracedtrial.displays.printed import Printed, joined

TABLE = "application/vnd.trial.table+json"


@dataclass(frozen=True)
class Row:
    """A label, how far it is indented, and one text for each column."""

    label: Printed
    cells: tuple[Printed, ...]
    level: int = 0


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under a head of columns; `columns[0]` stands over the row labels."""

    name: str
    columns: tuple[Printed, ...]
    rows: tuple[Row, ...] = ()
    notes: tuple[Printed, ...] = ()

    def with_row(self, label: Printed | str, *cells: Printed, level: int = 0) -> "Table":
        """One more row; without cells it is a heading over the rows that follow."""
        label = label if isinstance(label, Printed) else Printed(label)
        width = len(self.columns) - 1
        row = Row(label, cells or (Printed(),) * width, level)
        if len(row.cells) != width:
            raise ValueError(f"a row of {self.name} must have {width} cells, but got {len(cells)}")
        return replace(self, rows=(*self.rows, row))

    def with_note(self, note: Printed | str) -> "Table":
        """One more sentence under the table."""
        note = note if isinstance(note, Printed) else Printed(note)
        return replace(self, notes=(*self.notes, note)) if note.text else self

    @property
    def texts(self) -> list[list[str]]:
        """Head and rows as plain texts, the labels without indentation."""
        head = [column.text for column in self.columns]
        return [head, *([row.label.text, *(c.text for c in row.cells)] for row in self.rows)]

    @property
    def csv(self) -> str:
        """Head and rows as CSV for a spreadsheet; a label is indented by two spaces a level."""
        head, *rows = self.texts
        return spreadsheet.table(
            [
                head,
                *(
                    ["  " * row.level + texts[0], *texts[1:]]
                    for row, texts in zip(self.rows, rows, strict=True)
                ),
            ]
        )

    @property
    def ids(self) -> str:
        """Each text of the table with the ids it prints, as JSON: columns, rows, notes."""
        rows = [
            {
                "level": row.level,
                "label": row.label.as_json(),
                "cells": [cell.as_json() for cell in row.cells],
            }
            for row in self.rows
        ]
        value = {
            "name": self.name,
            "columns": [c.as_json() for c in self.columns],
            "rows": rows,
            "notes": [note.as_json() for note in self.notes],
        }
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

    def _repr_markdown_(self) -> str:
        head, *rows = self.texts
        labels = [(row.level, row.label.text) for row in self.rows]
        return markdown.table(
            head, labels, [row[1:] for row in rows], joined(list(self.notes), " ").text
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {TABLE: {"name": self.name, "folder": "../build/tables"}}

    def __repr__(self) -> str:
        return f"table({self.name!r})"
