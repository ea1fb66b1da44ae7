"""SAS XPORT version 5, read by pyreadstat.

The layout: SAS Institute, TS-140, "The Record Layout of a Data Set in SAS Transport (XPORT)
Format". The file has no count of its rows: one that is cut after a whole row, where a record of 80
bytes ends too, cannot be told from a shorter table.
"""

import datetime
import io
from collections.abc import Callable

from tracedtrial.inputs.formats.cells import day_text, number_text
from tracedtrial.refusal import Refusal, refusal

RECORD = 80
LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
ROWS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
DAYS = (
    "DATE",
    "YYMMDD",
    "DDMMYY",
    "MMDDYY",
    "E8601DA",
    "B8601DA",
    "IS8601DA",
    "WEEKDATE",
    "WORDDATE",
    "JULIAN",
    "DAY",
)
MOMENTS = ("DATETIME", "E8601DT", "B8601DT", "IS8601DT", "DATEAMPM")
EPOCH = datetime.datetime(1960, 1, 1)


def rows(content: bytes, place: str) -> list[list[str]]:
    """The names of the variables, then the rows; blanks that pad a text are no part of it.

    Raises
    ------
    Refusal
        The content is no whole XPORT file of version 5 with one table.
    """
    _check_layout(content, place)
    columns, meta = _parsed(content, place)
    count = len(next(iter(columns.values()), ()))
    _check_whole(content, sum(meta.variable_storage_width.values()) * count, place)
    read = [_reader(meta.original_variable_types.get(name) or "", name, place) for name in columns]
    texts = [
        [text(cell, row) for row, cell in enumerate(cells, start=2)]
        for text, cells in zip(read, columns.values())
    ]
    return [list(columns), *map(list, zip(*texts))]


def _parsed(content: bytes, place: str) -> tuple[dict[str, list], object]:
    import pyreadstat

    try:
        return pyreadstat.read_xport(
            io.BytesIO(content),
            output_format="dict",
            encoding="UTF-8",
            disable_datetime_conversion=True,
        )
    except UnicodeDecodeError as error:
        value = error.object[error.start : error.end]
        raise refusal("text", "be UTF-8", value, place) from None
    except (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        ValueError,
        OverflowError,
        MemoryError,
    ) as error:
        raise Refusal(f"{place} must be a whole SAS XPORT file: {error}") from None


def _check_layout(content: bytes, place: str) -> None:
    if not content.startswith(LIBRARY):
        raise refusal("file", "be SAS XPORT version 5", content[: len(LIBRARY)], place)
    heads = _heads(content)
    if heads.count(MEMBER) != 1:
        raise refusal("file", "hold one table", f"{heads.count(MEMBER)} tables", place)
    if ROWS not in heads:
        raise Refusal(f"{place} must be a whole SAS XPORT file: its rows are missing")


def _heads(content: bytes) -> list[bytes]:
    """What each record begins with, where it may say what follows."""
    return [content[at : at + len(ROWS)] for at in range(0, len(content), RECORD)]


def _check_whole(content: bytes, read: int, place: str) -> None:
    """Whether nothing but the blanks that fill the last record stands after the rows read."""
    end = (_heads(content).index(ROWS) + 1) * RECORD + read
    left = content[end:]
    if len(content) % RECORD or end > len(content) or len(left) >= RECORD or left.strip(b" "):
        raise Refusal(f"{place} must be a whole SAS XPORT file: it ends within a row")


def _reader(form: str, name: str, place: str) -> Callable[[object, int], str]:
    kind = form.upper().rstrip("0123456789.")
    unit = "days" if kind in DAYS else "seconds" if kind in MOMENTS else None

    def text(cell: object, row: int) -> str:
        if cell is None or isinstance(cell, str):
            return cell or ""
        if unit is None:
            return number_text(cell)
        try:
            return _moment(cell, unit)
        except (ValueError, OverflowError):
            raise refusal(name, f"be a number of {unit}", cell, f"{place}, row {row}") from None

    return text


def _moment(value: float, unit: str) -> str:
    """The day, or day and time, so many days or seconds from the first of January 1960."""
    if value != value:
        return ""
    if value != int(value):
        raise ValueError
    return day_text(EPOCH + datetime.timedelta(**{unit: int(value)}))
