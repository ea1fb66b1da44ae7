"""A check, and what it finds: record numbers, each with the value that is questioned."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.days import DAY
from tracedtrial.inputs.queries.tables import Tables

Cell = str | float | pd.Timestamp | np.datetime64
NOTHING = pd.Series([], index=pd.Index([], dtype="int64"), dtype=object)


@dataclass(frozen=True)
class Check:
    """One rule over raw tables that the schema has accepted.

    `id` is permanent. `reads` names the tables: a trial that lacks one has nothing to check.
    `what` is the column questioned. `finds` gives the values questioned by record number, in any
    order. What a check `refuses` is impossible and stops the build; else it is a query.
    """

    id: str
    rule: str
    reads: tuple[str, ...]
    what: str
    finds: Callable[[Tables], pd.Series]
    refuses: bool = False


def found(
    frame: pd.DataFrame, bad: np.ndarray | pd.Series, column: str, **beside: np.ndarray | pd.Series
) -> pd.Series:
    """The bad rows of a frame by record number: the value of `column` and what stands against it.

    `beside` holds, by a name in words, one value for each row of the frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"AGE": [61.0, 7.0]}, index=[4, 5])
    >>> found(frame, frame["AGE"] < 18, "AGE", first_dose=pd.to_datetime(["2001-02-03"] * 2))
    5    7 (first dose 2001-02-03)
    dtype: object
    """
    rows = np.flatnonzero(np.asarray(bad, bool))
    own = frame[column].array
    against = {name.replace("_", " "): pd.Series(values).array for name, values in beside.items()}
    texts = [
        _text(own[row], {name: shown(values[row]) for name, values in against.items()})
        for row in rows
    ]
    return pd.Series(texts, index=frame.index[rows], dtype=object)


def _text(own: Cell, against: dict[str, str]) -> str:
    beside = ", ".join(f"{name} {text}" for name, text in against.items())
    return f"{shown(own)} ({beside})" if beside else shown(own)


def shown(value: Cell) -> str:
    """A cell as the raw table would hold it; `empty` where it is missing.

    Examples
    --------
    >>> shown(3.0), shown(np.datetime64("2001-02-03T00:00:00")), shown(""), shown(np.float64("nan"))
    ('3', '2001-02-03', 'empty', 'empty')
    """
    if isinstance(value, str):
        return value or "empty"
    if pd.isna(value):
        return "empty"
    if isinstance(value, pd.Timestamp | np.datetime64):
        return str(np.datetime64(value).astype(DAY))
    return repr(float(value)).removesuffix(".0")


def both(*results: pd.Series) -> pd.Series:
    """What several parts of one check find, a record once."""
    filled = [result for result in results if len(result)]
    together = pd.concat(filled) if filled else NOTHING
    return together[~together.index.duplicated()]


def most_common(values: pd.Series, by: pd.Series) -> pd.Series:
    """For each row the most common value of its group; of equally common ones the first by order.

    Examples
    --------
    >>> most_common(pd.Series(list("abb")), pd.Series([1, 1, 1])).tolist()
    ['b', 'b', 'b']
    """
    pairs = pd.DataFrame({"by": by.astype(object), "value": values.astype(object)})
    counts = (
        pairs.value_counts()
        .reset_index(name="count")
        .sort_values(["count", "value"], ascending=[False, True], kind="stable")
    )
    best = counts.drop_duplicates("by").set_index("by")["value"]
    return pairs["by"].map(best)


def other_spelling(frame: pd.DataFrame, column: str) -> pd.Series:
    """Names that are a more common name of the column but for capitals, blanks, punctuation."""
    names = frame[column].astype(object)
    counts = names.value_counts().rename_axis("name").reset_index(name="count")
    counts["like"] = counts["name"].str.replace(r"[\W_]+", "", regex=True).str.casefold()
    counts = counts.sort_values(["count", "name"], ascending=[False, True], kind="stable")
    usual = names.map(dict(zip(counts["name"], counts.groupby("like")["name"].transform("first"))))
    return found(frame, names != usual, column, elsewhere=usual)
