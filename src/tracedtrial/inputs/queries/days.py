"""The days that a partial date may mean: comparisons are made to the precision that it has."""

from typing import Literal

import numpy as np
import pandas as pd

DAY = "datetime64[D]"
_UNITS: dict[int, Literal["Y", "M", "D"]] = {4: "Y", 7: "M", 10: "D"}


def possible_days(texts: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last day that each ISO 8601 date may mean; NaT for an empty text.

    Examples
    --------
    >>> first, last = possible_days(pd.Series(["2004-02", ""]))
    >>> first.astype(str).tolist(), last.astype(str).tolist()
    (['2004-02-01', 'NaT'], ['2004-02-29', 'NaT'])
    """
    codes, distinct = pd.factorize(texts.astype(object))
    spans = np.array([_span(text) for text in distinct], DAY).reshape(-1, 2)[codes]
    return spans[:, 0], spans[:, 1]


def _span(text: str) -> tuple[np.datetime64, np.datetime64]:
    if not text:
        return np.datetime64("NaT"), np.datetime64("NaT")
    period = np.datetime64(text, _UNITS[len(text)])
    return period.astype(DAY), (period + 1).astype(DAY) - np.timedelta64(1, "D")
