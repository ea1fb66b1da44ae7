"""Parquet, typed or all texts, read by DuckDB."""

import datetime
import tempfile
from collections.abc import Callable
from pathlib import Path

from tracedtrial.inputs.formats.cells import day_text, number_text
from tracedtrial.refusal import Refusal, refusal

_READ = "FROM read_parquet(?, hive_partitioning = false)"
_WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)


def rows(content: bytes, place: str) -> list[list[str]]:
    """The names of the columns, then the rows; null and NaN are missing cells.

    Raises
    ------
    Refusal
        The content is no whole Parquet file, or a column is neither text, number nor date.
    """
    names, types, cells = _table(content, place)
    read = [_reader(name, kind, place) for name, kind in zip(names, types)]
    return [
        names,
        *(["" if cell is None else text(cell) for text, cell in zip(read, row)] for row in cells),
    ]


def _table(content: bytes, place: str) -> tuple[list[str], list[str], list[tuple]]:
    """Names, types and cells; DuckDB reads files only, so the bytes are laid down for it."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        path.write_bytes(content)
        try:
            with duckdb.connect(config={"threads": 1}) as connection:
                found = connection.execute(_READ, [str(path)])
                names, types = zip(*((each[0], str(each[1])) for each in found.description))
                cells = found.fetchall()
        except (duckdb.Error, UnicodeDecodeError, ValueError, OverflowError) as error:
            told = " ".join(str(error).replace(str(path), place).split())
            raise Refusal(f"{place} must be a whole Parquet file: {told}") from None
    return list(names), list(types), cells


def _reader(name: str, kind: str, place: str) -> Callable[[object], str]:
    if kind == "VARCHAR" or kind.startswith("ENUM"):
        return str
    if kind in _WHOLE or kind == "DOUBLE" or kind.startswith("DECIMAL"):
        return number_text
    if kind == "FLOAT":
        return _single
    if kind == "DATE" or kind in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"):
        return _day
    raise refusal(name, "be text, a number or a date", kind, place)


def _day(value: datetime.date | str) -> str:
    """A day beyond the year 9999 comes as its text."""
    return value if isinstance(value, str) else day_text(value)


def _single(value: float) -> str:
    """The shortest text of a number of four bytes, which DuckDB hands over as one of eight."""
    import numpy as np

    return "" if value != value else np.format_float_positional(np.float32(value), trim="-")
