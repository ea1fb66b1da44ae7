"""Declared tables: a column for each group, a row for each label, printed from the record alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracedtrial.analyses.declared.displays import DeclaredTable, TableRow
from tracedtrial.analyses.declared.model import SIZE
from tracedtrial.displays.grid import Table
from tracedtrial.displays.printed import Numbers, Printed, capitalised
from tracedtrial.displays.wording import abbreviation_note, level_label, size
from tracedtrial.paths import ANALYSES
from tracedtrial.refusal import refusal

BRACES = re.compile(r"\{([^{}]*)\}")
CATEGORY = "category"
LABELLED = "group label "


@dataclass(frozen=True)
class Column:
    """A group of an analysis: the part of the ids that names it, and the words for it."""

    part: str
    head: Printed


def declared_table(declared: DeclaredTable, numbers: Numbers, protocol: dict) -> Table:
    """The declared table, from the ledger's numbers.

    Raises
    ------
    Refusal
        A text names a number that the ledger does not hold.
    """
    columns = _columns(declared, numbers, protocol)
    table = Table(declared.name, (Printed(declared.head), *(column.head for column in columns)))
    for place, row in enumerate(declared.rows):
        origin = f"tables.{declared.name}.rows.{place}"
        for category, part in _expanded(row, numbers):
            label = _text(row.label, (row.analysis, ""), numbers, origin, category)
            cells = [
                _text(
                    row.cell, (_dotted(row.analysis, column.part, part), row.analysis, ""), numbers
                )
                for column in columns
                if row.cell
            ]
            table = table.with_row(label, *cells, level=row.level)
    if declared.note:
        table = table.with_note(_text(declared.note, ("",), numbers, f"tables.{declared.name}"))
    return table.with_note(abbreviation_note(table.texts))


def _dotted(*parts: str) -> str:
    return ".".join(filter(None, parts))


def _of(numbers: Numbers, analysis: str) -> Iterator[tuple[str, Mapping]]:
    """The data numbers of an analysis by id, in the ledger's order."""
    for id, row in numbers.rows.items():
        if row["keys"].get("analysis") == analysis and row["source"] == "data":
            yield id, row


def _columns(declared: DeclaredTable, numbers: Numbers, protocol: dict) -> list[Column]:
    """The groups of the first row's analysis in the ledger's order, with their sizes if known."""
    analysis = next(row.analysis for row in declared.rows if row.analysis)
    columns = []
    for part, label in groups_of(numbers, analysis, protocol).items():
        whole = _dotted(analysis, part, SIZE)
        head = size(label, numbers[whole]) if whole in numbers else capitalised(label)
        columns.append(Column(part, head))
    return columns


def groups_of(numbers: Numbers, analysis: str, protocol: dict) -> dict[str, Printed]:
    """The words for each group of an analysis, by the part of the ids that names it."""
    found: dict[str, Printed] = {}
    for id, row in _of(numbers, analysis):
        part = _group_part(id, row, analysis)
        if part not in found:
            found[part] = _group_label(row, protocol)
    return found


def _group_part(id: str, row: Mapping, analysis: str) -> str:
    """The part of an id between its analysis and what it counts."""
    return id.removeprefix(f"{analysis}.").removesuffix(row["keys"]["statistic"]).strip(".")


def _group_label(row: Mapping, protocol: dict) -> Printed:
    texts = []
    groups = [key for key in row["keys"] if key.startswith("group ")]
    for key in [key for key in groups if not key.startswith(LABELLED)]:
        variable = key.removeprefix("group ")
        labelled = LABELLED + variable
        if labelled in groups:
            texts.append(Printed(row["keys"][labelled], origin=labelled))
        elif variable == "ARMCD":
            texts.append(level_label(protocol, row["keys"][key]))
        else:
            texts.append(Printed(row["keys"][key], origin=key))
    label = texts[0] if texts else Printed("All patients")
    for text in texts[1:]:
        label = label + ", " + text
    return label


def _expanded(row: TableRow, numbers: Numbers) -> Iterator[tuple[str, str]]:
    """(category, part of the ids) of each value of the row's variable; both empty without one."""
    if not row.each:
        yield "", ""
        return
    counted: dict[tuple[str, str], int] = {}
    for _, entry in _of(numbers, row.analysis):
        keys = entry["keys"]
        if keys.get("row", row.each) == row.each and CATEGORY in keys:
            named = keys[CATEGORY], _category_part(keys["statistic"])
            counted[named] = max(counted.get(named, 0), entry["n"])
    for named, _ in sorted(counted.items(), key=lambda each: (-each[1], each[0])):
        yield named


def _category_part(statistic: str) -> str:
    """`class.infections.g3.n` -> `class.infections`; `anaemia.n` -> `anaemia`."""
    parts = statistic.split(".")
    return ".".join(parts[:2] if len(parts) > 2 else parts[:1])


def _text(
    template: str, prefixes: tuple[str, ...], numbers: Numbers, origin: str = "", category: str = ""
) -> Printed:
    """The template with each id in braces as the ledger prints it."""
    text, at = Printed(), 0
    for found in BRACES.finditer(template):
        text = text + Printed(template[at : found.start()], origin=origin)
        if found[1] == CATEGORY:
            text = text + Printed(category, origin=CATEGORY)
        else:
            text = text + numbers[_named(found[1], prefixes, numbers)]
        at = found.end()
    return text + Printed(template[at:], origin=origin)


def _named(name: str, prefixes: tuple[str, ...], numbers: Numbers) -> str:
    """The id that a name in braces means: within the group, the analysis, or the whole ledger."""
    id, _, form = name.partition(":")
    for prefix in prefixes:
        whole = _dotted(prefix, id)
        if whole in numbers:
            return f"{whole}:{form}" if form else whole
    raise refusal(numbers.item, "name a number of the ledger in braces", name, str(ANALYSES))
