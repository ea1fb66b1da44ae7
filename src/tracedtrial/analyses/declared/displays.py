"""Displays that a trial declares beside its analyses: tables and figures, read and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tracedtrial.analyses.declared.file import declarations, told, unknown
from tracedtrial.analyses.declared.model import Analysis, analysis_of
from tracedtrial.paths import ANALYSES
from tracedtrial.refusal import Refusal


@dataclass(frozen=True)
class TableRow:
    """One row, or with `each` one for each value of a variable.

    `cell` and `label` are texts with ledger ids in braces: relative to the column's group, to
    the analysis, or whole. `level` indents the row; without a cell it is a heading.
    """

    label: str
    cell: str = ""
    analysis: str = ""
    each: str = ""
    level: int = 0


@dataclass(frozen=True)
class DeclaredTable:
    """A table: a column for each group of its analyses, a row for each of `rows`."""

    name: str
    head: str
    rows: tuple[TableRow, ...]
    note: str = ""


@dataclass(frozen=True)
class DeclaredFigure:
    """A figure of one analysis; `kind` says how it is drawn."""

    name: str
    kind: str
    analysis: str
    ylabel: str = ""


@dataclass(frozen=True)
class Displays:
    """All declared tables and figures by name."""

    tables: Mapping[str, DeclaredTable] = field(default_factory=dict)
    figures: Mapping[str, DeclaredFigure] = field(default_factory=dict)


def read_displays(path: Path = ANALYSES) -> Displays:
    """The displays that the analyses file declares; none where there is no file.

    Raises
    ------
    Refusal
        The file breaks its schema; or a display names an analysis or variable that there is not.
    """
    if not path.is_file():
        return Displays()
    content, places = declarations(path)
    analyses = {
        id: analysis_of(id, entry, entry["statistics"]) for id, entry in content["analyses"].items()
    }
    tables = {name: _table(name, entry) for name, entry in content.get("tables", {}).items()}
    figures = {
        name: DeclaredFigure(name, entry["kind"], entry["analysis"], entry.get("ylabel", ""))
        for name, entry in content.get("figures", {}).items()
    }
    faults = [*_table_faults(tables, analyses), *_figure_faults(figures, analyses)]
    if faults:
        raise Refusal("\n".join(f"{path}{told(places, at, fault)}" for at, fault in faults))
    return Displays(tables, figures)


def _table(name: str, entry: Mapping) -> DeclaredTable:
    rows = tuple(
        TableRow(
            row["label"],
            row.get("cell", ""),
            row.get("of", entry.get("of", "")),
            row.get("each", ""),
            row.get("level", 0),
        )
        for row in entry["rows"]
    )
    return DeclaredTable(name, entry.get("head", ""), rows, entry.get("note", ""))


def _table_faults(
    tables: Mapping[str, DeclaredTable], analyses: Mapping[str, Analysis]
) -> Iterator[tuple[str, str]]:
    for name, table in tables.items():
        for place, row in enumerate(table.rows):
            at = f"tables/{name}/rows/{place}"
            if (row.cell or row.each) and row.analysis not in analyses:
                yield at, f"{name}: {unknown('analysis', row.analysis, analyses)}"
            elif row.each and row.each not in analyses[row.analysis].rows:
                rows = analyses[row.analysis].rows
                yield f"{at}/each", f"{name}: {unknown('variable of the rows', row.each, rows)}"


def _figure_faults(
    figures: Mapping[str, DeclaredFigure], analyses: Mapping[str, Analysis]
) -> Iterator[tuple[str, str]]:
    for name, figure in figures.items():
        at = f"figures/{name}/analysis"
        if figure.analysis not in analyses:
            yield at, f"{name}: {unknown('analysis', figure.analysis, analyses)}"
        elif analyses[figure.analysis].method != figure.kind:
            method = analyses[figure.analysis].method
            yield (at, f"{name}: {figure.kind} must show an analysis of that method, not {method}")
