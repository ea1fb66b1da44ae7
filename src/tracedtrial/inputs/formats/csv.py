"""CSV in UTF-8: the fields as they stand."""

import csv
import gc
import io

from tracedtrial.refusal import Refusal, refusal


def rows(content: bytes, place: str) -> list[list[str]]:
    """The fields of each row; a quote left open, or text after a closing one, is refused."""
    _check_text(content, place)
    found: list[list[str]] = []
    collecting, longest = gc.isenabled(), csv.field_size_limit()
    gc.disable()  # half of the time of many rows would go into looking for cycles
    csv.field_size_limit(len(content))  # a long cell is the schema's to refuse, by its column
    try:
        found += csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    except csv.Error as error:
        raise Refusal(f"row must be CSV: {error} ({place}, row {len(found) + 1})") from None
    finally:
        csv.field_size_limit(longest)
        if collecting:
            gc.enable()
    return found


def _check_text(content: bytes, place: str) -> None:
    if b"\0" in content:
        row = content[: content.index(b"\0")].count(b"\n") + 1
        raise refusal("text", "be without NUL bytes", "\0", f"{place}, row {row}")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        value = content[error.start : error.end]
        raise refusal("text", "be UTF-8", value, f"{place}, row {row}") from None
