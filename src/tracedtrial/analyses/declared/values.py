"""A variable's values held against a clause."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from tracedtrial.analyses.declared.conditions import Clause

_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def met(column: pd.Series, clause: Clause) -> np.ndarray:
    """Where the column meets the clause; a missing value meets `is missing` alone.

    Raises
    ------
    ValueError
        A value is not of the column's kind.
    """
    missing = column.isna().to_numpy() | (column.astype(object) == "").to_numpy()
    if clause.operator.endswith("missing"):
        return ~missing if clause.operator.startswith("not") else missing
    values = np.array([typed(column, text) for text in clause.values], object)
    held = column.to_numpy(object)
    if clause.operator.endswith("in"):
        found = np.isin(held.astype(object), values)
        return (~found if clause.operator.startswith("not") else found) & ~missing
    mask = np.zeros(len(column), bool)
    mask[~missing] = _COMPARED[clause.operator](held[~missing], values[0]).astype(bool)
    return mask


def typed(column: pd.Series, text: str) -> object:
    """`text` as a value of the column's kind: a number, a day, or the text itself."""
    if is_number(column):
        return float(text)
    if is_day(column):
        return pd.Timestamp(np.datetime64(text, "D"))
    return text


def is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column)


def is_day(column: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(column)
