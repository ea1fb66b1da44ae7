"""Dates: the days that a partial date may mean, and the declared choice among them (DATE)."""

import numpy as np
import pandas as pd

DAY = "datetime64[D]"


def first_days(texts: pd.Series) -> np.ndarray:
    """The first day that each ISO 8601 date (YYYY, YYYY-MM or YYYY-MM-DD) may mean (DATE-1).

    Empty texts give NaT.

    Examples
    --------
    >>> first_days(pd.Series(["2001-02", "2001-02-28", ""])).astype(str).tolist()
    ['2001-02-01', '2001-02-28', 'NaT']
    """
    return _by_text(texts, lambda text: np.datetime64(text, "D"))


def last_days(texts: pd.Series) -> np.ndarray:
    """The last day that each ISO 8601 date may mean (DATE-1).

    Examples
    --------
    >>> last_days(pd.Series(["2001-02", "2001", ""])).astype(str).tolist()
    ['2001-02-28', '2001-12-31', 'NaT']
    """

    def last(text: str) -> np.datetime64:
        unit = {4: "Y", 7: "M", 10: "D"}[len(text)]
        return (np.datetime64(text, unit) + 1).astype(DAY) - np.timedelta64(1, "D")

    return _by_text(texts, last)


def imputed_starts(starts: pd.Series, ends: pd.Series, first_dose: np.ndarray) -> np.ndarray:
    """The day taken for each start, of what ends in `ends` (empty: it goes on) (DATE-2).

    It is the first day that the start may mean; or the first dose, where that is later and both
    start and end may lie on or after it. So no start is taken to lie after its end.

    Examples
    --------
    >>> dose = np.array(["2001-02-12"] * 3, DAY)
    >>> imputed_starts(pd.Series(["2001-02", "2001-02", "2001-02-03"]),
    ...                pd.Series(["", "2001-02-10", ""]), dose).astype(str).tolist()
    ['2001-02-12', '2001-02-01', '2001-02-03']
    """
    first, last, over = first_days(starts), last_days(starts), last_days(ends)
    allowed = (first_dose <= last) & ~(over < first_dose)
    return np.where(allowed, np.maximum(first, first_dose), first)


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
    """Study day as a float: the start is day 1, the day before it -1 (DATE-4).

    There is no day 0; NaN where either date is missing.

    Examples
    --------
    >>> dates = np.array(["2004-03-01", "2004-02-27", "NaT"], DAY)
    >>> day_number(dates, np.array("2004-02-28", DAY)).tolist()
    [3.0, -1.0, nan]
    """
    elapsed = (np.asarray(dates, DAY) - np.asarray(start, DAY)) / np.timedelta64(1, "D")
    return np.where(elapsed < 0, elapsed, elapsed + 1)
