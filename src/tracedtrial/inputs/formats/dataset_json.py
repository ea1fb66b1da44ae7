"""CDISC Dataset-JSON 1.1: columns with their data types, rows as arrays.

The standard: https://cdisc-org.github.io/DataExchange-DatasetJson/. Only what the reading of rows
rests on is checked; labels, OIDs and the study's metadata are the sender's.
"""

import json
from collections.abc import Callable

from tracedtrial.inputs.formats.cells import number_text
from tracedtrial.refusal import Refusal, refusal

VERSION = "1.1"
NEEDED = {"datasetJSONVersion": str, "records": int, "columns": list, "rows": list}
NAMES = {str: "text", int: "a whole number", list: "an array"}


def rows(content: bytes, place: str) -> list[list[str]]:
    """The names of the columns, then the rows; null is a missing cell.

    Raises
    ------
    Refusal
        The content is no JSON, no Dataset-JSON 1.1, holds fewer or more rows than `records`
        says, or a cell is not of its column's dataType.
    """
    document = _document(content, place)
    header, kinds = _columns(document["columns"], place)
    if document["records"] != len(document["rows"]):
        raise refusal("records", "be the number of rows", document["records"], place)
    read = [_TEXTS[kind] for kind in kinds]
    return [
        header,
        *(
            _row(row, header, kinds, read, f"{place}, row {number}")
            for number, row in enumerate(document["rows"], start=2)
        ),
    ]


def _document(content: bytes, place: str) -> dict:
    try:
        document = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise Refusal(f"{place} must be Dataset-JSON: {error}") from None
    if not isinstance(document, dict):
        raise Refusal(f"{place} must be Dataset-JSON: it holds no attributes")
    for name, kind in NEEDED.items():
        value = document.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise refusal(name, f"be {NAMES[kind]}", value, place)
    version = document["datasetJSONVersion"]
    if not f"{version}.".startswith(f"{VERSION}."):
        raise refusal("datasetJSONVersion", f"be {VERSION}", version, place)
    return document


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"attribute {twice[0]!r} is there twice")
    return dict(pairs)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _columns(columns: list, place: str) -> tuple[list[str], list[str]]:
    for number, column in enumerate(columns, start=1):
        at = f"{place}, column {number}"
        if not isinstance(column, dict) or not isinstance(column.get("name"), str):
            raise refusal("column", "have a name", column, at)
        if column.get("dataType") not in _TEXTS:
            raise refusal(
                f"dataType of {column['name']}",
                f"be one of {', '.join(_TEXTS)}",
                column.get("dataType"),
                at,
            )
    return [c["name"] for c in columns], [c["dataType"] for c in columns]


def _row(
    row: object, header: list[str], kinds: list[str], read: list[Callable], place: str
) -> list[str]:
    if not isinstance(row, list) or len(row) != len(header):
        raise refusal(
            "row", f"have {len(header)} fields", len(row) if isinstance(row, list) else row, place
        )
    texts = ["" if cell is None else text(cell) for text, cell in zip(read, row)]
    if None in texts:
        bad = texts.index(None)
        raise refusal(header[bad], f"be of dataType {kinds[bad]}", row[bad], place)
    return texts


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None


def _whole(cell: object) -> str | None:
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else None


def _number(cell: object) -> str | None:
    return number_text(cell) if isinstance(cell, float) else _whole(cell)


def _decimal(cell: object) -> str | None:
    """The standard has decimals as texts, so that no digit is lost; numbers are seen as well."""
    return cell if isinstance(cell, str) else _number(cell)


_TEXTS: dict[str, Callable[[object], str | None]] = {
    "string": _text,
    "integer": _whole,
    "decimal": _decimal,
    "float": _number,
    "double": _number,
    "date": _text,
    "datetime": _text,
    "time": _text,
    "URI": _text,
}
