"""Tables as pipe tables of Markdown, figures below each other."""

import re
from collections.abc import Sequence

from tracedtrial.record.words.markdown import escaped

INDENT = "\N{EM SPACE}"
FIGURE_SPACE = "\N{FIGURE SPACE}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
COUNT = re.compile(r" \(n = (\S+)\)$")
DIGITS = re.compile(r"\d+")


def table(
    head: Sequence[str],
    labels: Sequence[tuple[int, str]],
    cells: Sequence[Sequence[str]],
    notes: str,
) -> str:
    """A pipe table with its notes as a paragraph: labels indented, figures below each other."""
    from tabulate import tabulate

    columns = [_aligned(column) for column in zip(*cells, strict=True)]
    rows = [
        [INDENT * level + escaped(label), *row]
        for (level, label), row in zip(labels, zip(*columns, strict=True), strict=True)
    ]
    lines = tabulate(
        rows,
        [_head(text) for text in head],
        tablefmt="pipe",
        disable_numparse=True,
        preserve_whitespace=True,
        colalign=["left"] * len(head),
    )
    return f"{lines}\n\n{escaped(notes)}\n" if notes else f"{lines}\n"


def _head(text: str) -> str:
    """A column's head; the number of patients in brackets stays on one line."""
    size = rf" (n{NO_BREAK_SPACE}={NO_BREAK_SPACE}\1)"
    return COUNT.sub(size, escaped(text))


def _aligned(texts: Sequence[str]) -> list[str]:
    """Texts of a column, padded in front so that units stand under units.

    The figure space is as wide as a digit; a number stays on one line with its bracket.
    """
    width = max((_whole_digits(text) for text in texts), default=0)
    padded = []
    for text in texts:
        digits = _whole_digits(text)
        whole = escaped(text).replace(" (", NO_BREAK_SPACE + "(", 1) if digits else escaped(text)
        padded.append(FIGURE_SPACE * (width - digits) + whole if digits else whole)
    return padded


def _whole_digits(text: str) -> int:
    found = DIGITS.match(text)
    return len(found[0]) if found else 0
