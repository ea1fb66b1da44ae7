"""Cells of CSV tables that are made to be opened in a spreadsheet: texts that run nothing.

The tables of the manuscript, the list of provenance and the list of disagreements are such. The
analysis datasets and the figures' panels are not: programs read them, and they are exact.
"""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # https://owasp.org/www-community/attacks/CSV_Injection


def cell(text: str) -> str:
    """The text; an apostrophe, the spreadsheet's own sign for text, before what it would run.

    A plain number stays as it is, whatever its sign.

    Examples
    --------
    >>> [cell(text) for text in ("=1+1", "  @SUM(A1)", "-2+3", "-2.5", "a = b")]
    ["'=1+1", "'  @SUM(A1)", "'-2+3", '-2.5', 'a = b']
    """
    return f"'{text}" if _runs(text) else text


def _runs(text: str) -> bool:
    if not text.lstrip(" ").startswith(FORMULA):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def table(rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV, each cell a text that runs nothing."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(map(cell, row) for row in rows)
    return out.getvalue()
