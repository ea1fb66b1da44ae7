"""Dates: the days that a partial date may mean, and the declared choice among them."""

import numpy as np
import pandas as pd

DAY = "datetime64[D]"


def first_days(texts: pd.Series) -> np.ndarray:
    """The first day that each ISO 8601 date (YYYY, YYYY-MM or YYYY-MM-DD) may mean.

    Empty texts give NaT.

    Examples
    --------
    >>> first_days(pd.Series(["2001-02", "2001-02-28", ""])).astype(str).tolist()
    ['2001-02-01', '2001-02-28', 'NaT']
    """
    return _by_text(texts, lambda text: np.datetime64(text, "D"))


def last_days(texts: pd.Series) -> np.ndarray:
    """The last day that each ISO 8601 date may mean.

    Examples
    --------
    >>> last_days(pd.Series(["2001-02", "2001", ""])).astype(str).tolist()
    ['2001-02-28', '2001-12-31', 'NaT']
    """
    def last(text: str) -> np.datetime64:
        unit = {4: "Y", 7: "M", 10: "D"}[len(text)]
        return (np.datetime64(text, unit) + 1).astype(DAY) - np.timedelta64(1, "D")

    return _by_text(texts, last)


def by_cutoff(dates: pd.Series, cutoff: np.datetime64) -> pd.Series:
    """Which rows count: those dated by the cut-off, and undated ones.

    Examples
    --------
    >>> dates = pd.Series(pd.to_datetime(["2001-11-30", "2001-12-01", None]))
    >>> by_cutoff(dates, np.datetime64("2001-11-30")).tolist()
    [True, False, True]
    """
    return dates.isna() | (dates <= cutoff)


def _by_text(texts: pd.Series, day: object) -> np.ndarray:
    codes, distinct = pd.factorize(texts.astype(object).fillna(""))
    days = np.array([day(text) if text else np.datetime64("NaT") for text in distinct], DAY)
    return days[codes] if len(codes) else np.array([], DAY)


def day_number(dates: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Study day as a float: the start is day 1; NaN where either date is missing.

    Examples
    --------
    >>> day_number(np.array(["2004-03-01", "NaT"], DAY), np.array("2004-02-28", DAY)).tolist()
    [3.0, nan]
    """
    days = (np.asarray(dates, DAY) - np.asarray(start, DAY)) / np.timedelta64(1, "D") + 1
    return days
