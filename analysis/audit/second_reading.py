"""Raw tables for the second derivation: a table of texts in DuckDB from each format.

Nothing of the first reading is used here: CSV and Parquet are read by DuckDB itself, XPORT and
Dataset-JSON, which it does not know, by their own short ways. A missing cell is NULL.
"""

import csv
import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

FORMATS = ("csv", "parquet", "json", "xpt")
_CSV = """CREATE TABLE {name} AS FROM read_csv(
    ?, columns = ?, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"')"""
_PARQUET = """CREATE TABLE {name} AS SELECT
    nullif(regexp_replace(COLUMNS(*)::VARCHAR, '(^nan| 00:00:00)$', ''), '') FROM read_parquet(?)"""


def delivered(raw: Path, name: str) -> Path | None:
    """The table's file, whatever its format; None where there is none.

    Raises
    ------
    Refusal
        The table is there in two formats.
    """
    found = [file for form in FORMATS if (file := raw / f"{name}.{form}").is_file()]
    if len(found) > 1:
        raise Refusal(f"{name} must be in one format, but got "
                      f"{', '.join(file.name for file in found)} ({raw})")
    return found[0] if found else None


def load(connection: "duckdb.DuckDBPyConnection", name: str, file: Path) -> None:
    """Make the table `name` of the file's rows, every column text."""
    if file.suffix == ".csv":
        with file.open(encoding="utf-8", newline="") as lines:
            columns = dict.fromkeys(next(csv.reader(lines), []), "VARCHAR")
        connection.execute(_CSV.format(name=name), [str(file), columns])
    elif file.suffix == ".parquet":
        connection.execute(_PARQUET.format(name=name), [str(file)])
        _shorten(connection, name, file)
    else:
        columns = _dataset_json(file) if file.suffix == ".json" else _xport(file)
        named = ", ".join(f"unnest(?::VARCHAR[]) AS {_quoted(column)}" for column in columns)
        connection.execute(f"CREATE TABLE {name} AS SELECT {named}",
                           [list(map(_text, cells)) for cells in columns.values()])


def _shorten(connection: "duckdb.DuckDBPyConnection", name: str, file: Path) -> None:
    """Numbers with a fraction of zeros become whole numbers, as 3.0 is 3 in a text."""
    described = connection.execute("DESCRIBE FROM read_parquet(?)", [str(file)]).fetchall()
    for column, kind, *_ in described:
        if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
            connection.execute(rf"""UPDATE {name} SET {_quoted(column)} =
                regexp_replace({_quoted(column)}, '\.0+$', '')""")


def _dataset_json(file: Path) -> dict[str, list]:
    document = json.loads(file.read_text(encoding="utf-8-sig"))
    return {column["name"]: [row[place] for row in document["rows"]]
            for place, column in enumerate(document["columns"])}


def _xport(file: Path) -> dict[str, list]:
    import pyreadstat

    return pyreadstat.read_xport(str(file), output_format="dict")[0]


def _text(cell: object) -> str | None:
    if isinstance(cell, float):
        return None if cell != cell else str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.date):
        return cell.isoformat().removesuffix("T00:00:00")
    return None if cell is None or cell == "" else str(cell)


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
