"""Tables set from two ledgers, compared text by text, and the texts that a figure draws."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.paths import DRAWN
from tracedtrial.provenance.difference.passages import CellChange, Passage, annotation, differs
from tracedtrial.provenance.difference.sides import Side
from tracedtrial.refusal import Refusal

if TYPE_CHECKING:
    from tracedtrial.displays.grid import Table

Named = Mapping[str, tuple[str, str]]


def cell_changes(named: Named, sides: Sequence[tuple[Side, dict]]) -> list[CellChange]:
    """Texts of the manuscript's tables that differ; each side is a ledger and its protocol.

    Raises
    ------
    Refusal
        A ledger lacks a number that the present code's table prints.
    """
    from tracedtrial.displays.printed import Numbers
    from tracedtrial.displays.tables import TABLES

    found: list[CellChange] = []
    for called, name in named.values():
        if name in TABLES:
            old, new = (
                TABLES[name](Numbers(side.numbers, f"table {name}", side.name), protocol)
                for side, protocol in sides
            )
            found += _cells(called, old, new)
    return found


def _cells(called: str, old: "Table", new: "Table") -> Iterator[CellChange]:
    before, after = dict(_texts(old)), dict(_texts(new))
    for key in {**after, **before}:
        texts = before.get(key, ("", "", ""))[2], after.get(key, ("", "", ""))[2]
        row, column, _ = after.get(key) or before[key]
        if texts[0] != texts[1]:
            yield CellChange(called, row, column, *texts)


def _texts(table: "Table") -> Iterator[tuple[tuple, tuple[str, str, str]]]:
    """Place -> row, column and text: heads, cells and notes. A row goes by its labels."""
    heads = [column.text for column in table.columns]
    for place, head in enumerate(heads):
        yield ("head", place), ("head", f"column {place + 1}", head)
    above, seen = "", Counter()
    for row in table.rows:
        label = row.label.text
        above = above if row.level else label
        called = f"{above}: {label}" if row.level else label
        seen[called] += 1
        for place, cell in enumerate(row.cells, 1):
            yield (called, seen[called], place), (called, heads[place], cell.text)
    for place, note in enumerate(table.notes):
        yield ("note", place), ("note", "", note.text)


def figure_passages(named: Named, trial: Path, old: Side, new: Side) -> list[Passage]:
    """Drawn texts whose numbers differ, by the lists that the build's figures left.

    Raises
    ------
    Refusal
        A figure's list is not there.
    """
    found = []
    for called, name in named.values():
        if not called.startswith("Figure"):
            continue
        path = trial / DRAWN / f"{name}.texts.json"
        try:
            drawn = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise Refusal(f"{path.relative_to(trial)} must be there as the build made it") from None
        for each in drawn:
            pieces = annotation(
                each["text"], each.get("ids", ()), each.get("texts", ()), old.numbers, new.numbers
            )
            if differs(pieces):
                found.append(Passage(f"{called}, panel {each['panel']} ({each['ids'][0]})", pieces))
    return found
