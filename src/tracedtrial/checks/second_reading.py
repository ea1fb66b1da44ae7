"""Raw tables for the second derivation: a table of texts in DuckDB from each format.

Nothing of the first reading is used here: CSV and Parquet are read by DuckDB itself, XPORT and
Dataset-JSON, which it does not know, by their own short ways. A missing cell is NULL.
"""

import csv
import datetime
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

QUERIES = Path("build/audit/queries.csv")
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
        raise Refusal(
            f"{name} must be in one format, but got "
            f"{', '.join(file.name for file in found)} ({raw})"
        )
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
        connection.execute(
            f"CREATE TABLE {name} AS SELECT {named}",
            [list(map(_text, cells)) for cells in columns.values()],
        )


def left_out(root: Path, values: Iterable[tuple[str, str]]) -> list[str]:
    """Keys of the raw rows that accepted queries leave out, such as `AE/01-003/12`.

    `values` are the protocol's, by dotted path. Which rows they are the build has listed.

    Raises
    ------
    Refusal
        The protocol leaves rows out, and there is no list.
    """
    if not any(
        path.startswith("queries.accepted.") and path.endswith(".rows") and value == "leave out"
        for path, value in values
    ):
        return []
    if not (root / QUERIES).is_file():
        raise Refusal(
            f"{QUERIES} must list the rows that the protocol leaves out; run the build first"
        )
    with (root / QUERIES).open(encoding="utf-8", newline="") as lines:
        found = csv.DictReader(lines)
        return [row["record"] for row in found if row["status"] == "accepted, left out"]


def leave_out(connection: "duckdb.DuckDBPyConnection", keys: Sequence[str]) -> None:
    """Delete the rows of these keys; with a subject's row of dm, all rows of the subject."""
    names = [
        name
        for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        if name != "protocol"
    ]
    for key in keys:
        domain, _, rest = key.partition("/")
        subject, _, sequence = rest.rpartition("/")
        if domain == "DM":
            for name in names:
                connection.execute(f"DELETE FROM {name} WHERE USUBJID = ?", [subject])
        else:
            connection.execute(
                f"DELETE FROM {domain.lower()} WHERE USUBJID = ? AND {domain}SEQ::BIGINT = ?",
                [subject, int(sequence)],
            )


def _shorten(connection: "duckdb.DuckDBPyConnection", name: str, file: Path) -> None:
    """Numbers with a fraction of zeros become whole numbers, as 3.0 is 3 in a text."""
    described = connection.execute("DESCRIBE FROM read_parquet(?)", [str(file)]).fetchall()
    for column, kind, *_ in described:
        if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
            connection.execute(rf"""UPDATE {name} SET {_quoted(column)} =
                regexp_replace({_quoted(column)}, '\.0+$', '')""")


def _dataset_json(file: Path) -> dict[str, list]:
    document = json.loads(file.read_text(encoding="utf-8-sig"))
    return {
        column["name"]: [row[place] for row in document["rows"]]
        for place, column in enumerate(document["columns"])
    }


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
