"""The header and rows of a raw table, by the format that the file's name tells.

A format's library is imported where there is a file of it: the start of each command would
otherwise wait for all of them.
"""

from collections.abc import Callable
from pathlib import Path

from tracedtrial.inputs.formats.files import SUFFIXES
from tracedtrial.refusal import Refusal, refusal

Rows = list[list[str]]


def content_of(path: Path) -> bytes:
    """The file's bytes, read once: what is parsed is what is hashed."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Refusal(
            f"{Path(path).as_posix()} must be a readable file: {error.strerror}"
        ) from None


def texts(content: bytes, place: str) -> Rows:
    """The rows of a table, the header first, as a CSV file of it would hold them.

    Numbers are the shortest decimal text that is the same number, days are YYYY-MM-DD, missing
    cells are empty. `place` names the file; its suffix tells the format.

    Raises
    ------
    Refusal
        The content is not whole, or is of another format.
    """
    return _format(place)(content, place)


def records(content: bytes, place: str) -> list[dict[str, str]]:
    """The rows as dicts by column; a row with other fields than the header is refused."""
    header, *rows = texts(content, place) or [[]]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise refusal("row", f"have {len(header)} fields", len(row), f"{place}, row {number}")
    return [dict(zip(header, row)) for row in rows]


def _format(place: str) -> Callable[[bytes, str], Rows]:
    suffix = Path(place).suffix
    if suffix not in SUFFIXES:
        raise refusal("table", f"be one of {', '.join(SUFFIXES)}", suffix, place)
    if suffix == ".csv":
        from tracedtrial.inputs.formats.csv import rows
    elif suffix == ".json":
        from tracedtrial.inputs.formats.dataset_json import rows
    elif suffix == ".parquet":
        from tracedtrial.inputs.formats.parquet import rows
    else:
        from tracedtrial.inputs.formats.xport import rows
    return rows
