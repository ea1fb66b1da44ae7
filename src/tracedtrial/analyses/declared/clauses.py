"""What is wrong in a clause, held against the rows of its dataset."""

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from tracedtrial.analyses.declared.conditions import Clause
from tracedtrial.analyses.declared.file import unknown
from tracedtrial.analyses.declared.values import is_day, is_number, typed
from tracedtrial.inputs.protocol.matching import nearest_spellings

ORDERED = ("<", "<=", ">", ">=")


def clause_faults(
    dataset: str, frame: pd.DataFrame, clause: Clause, codes: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """What is wrong in a clause: its variable, or a value that no row has or can have.

    `codes` are the values that a variable may have, though no row has them.
    """
    if clause.variable not in frame:
        yield f"{dataset}: {unknown('variable', clause.variable, tuple(map(str, frame)))}"
        return
    column = frame[clause.variable]
    if clause.operator in ORDERED and not (is_number(column) or is_day(column)):
        yield f"{clause.variable} holds texts, which {clause.operator} does not order: {clause}"
        return
    for text in clause.values:
        if text not in codes.get(clause.variable, ()):
            yield from _value_faults(column, clause, text)


def _value_faults(column: pd.Series, clause: Clause, text: str) -> Iterator[str]:
    try:
        value = typed(column, text)
    except ValueError:
        kind = "a day as YYYY-MM-DD" if is_day(column) else "a number"
        yield f"{clause.variable} must be compared with {kind}, but got {text!r}"
        return
    held = column.dropna().astype(object)
    if clause.operator in ORDERED or is_number(column) or is_day(column):
        return
    if not (held == value).any():
        texts = sorted({str(one) for one in held if str(one)})
        near = nearest_spellings(text, texts) or texts[:6]
        yield (
            f"{clause.variable} must be compared with a value that a row has, but got {text!r} "
            f"(nearest: {', '.join(near)})"
        )
