"""Treatment emergence: which rows are of one event, and from which row on it is emergent (AE)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import by_subject
from tracedtrial.datasets.dates import DAY

GOES_ON = np.datetime64("9999-12-30", "D")


def emergence(
    rows: pd.DataFrame, first_dose: np.ndarray, last_dose: np.ndarray, rule: Mapping
) -> dict[str, np.ndarray]:
    """Columns of adverse events, given in any order, that tell their emergence.

    Parameters
    ----------
    rows : DataFrame
        USUBJID, AEDECOD, AETOXGR (int), ASTDT, AENDT (missing while the event goes on), SRCSEQ.
    first_dose, last_dose : arrays of days
        Of each row's subject; a row of a subject without a dose is never emergent.
    rule : Mapping
        The protocol's `safety: emergent`: `days_after_last_dose`, `gap_days`, `worse_than`.

    Returns
    -------
    dict
        EVNTNO, the event's number within its subject, and EVNTROW, the row's within its event
        (AE-1); TRTEMFL, whether the row is treatment-emergent; EVENTFL, whether it counts as an
        event: it opens an emergent event or raises its grade (AE-6).

    Notes
    -----
    A row is within the window from the first dose on (AE-2), as what was over before never is
    (AE-3, by its imputed start). An event from before the first dose is emergent from the row on
    that is worse than before (AE-4, AE-5).

    Examples
    --------
    A fatigue of grade 2 from before the first dose falls to grade 1, then rises to grade 3:

    >>> dates = pd.to_datetime(["2001-01-28", "2001-02-05", "2001-02-09", None])
    >>> fatigue = pd.DataFrame({"USUBJID": pd.Categorical(["01"] * 3), "AEDECOD": "Fatigue",
    ...     "AETOXGR": [2, 1, 3], "ASTDT": dates[:3], "AENDT": dates[1:], "SRCSEQ": [1, 2, 3]})
    >>> dose = np.array(["2001-02-01"] * 3, DAY)
    >>> rule = {"days_after_last_dose": 30, "gap_days": 1, "worse_than": "last"}
    >>> emergence(fatigue, dose, dose, rule)["TRTEMFL"].tolist()
    [False, False, True]
    """
    order, ends = _order(rows)
    start, grade = _days(rows["ASTDT"])[order], rows["AETOXGR"].to_numpy()[order]
    owner = by_subject(rows)[order]
    opens = _opens(
        owner,
        pd.factorize(rows["AEDECOD"].astype(object))[0][order],
        start,
        ends[order],
        rule["gap_days"],
    )
    event = np.cumsum(opens)
    before = start < first_dose[order]
    window = np.timedelta64(rule["days_after_last_dose"], "D")
    inside = (start >= first_dose[order]) & (start <= last_dose[order] + window)
    worse = ~(grade <= _grade_before(grade, before, event, rule["worse_than"]))
    emergent = pd.Series((inside & worse).astype(int)).groupby(event).cummax().eq(1) & inside
    raised = np.diff(grade, prepend=0) > 0
    first = pd.Series(event).groupby(owner).transform("min").to_numpy(int)
    found = {
        "TRTEMFL": emergent.to_numpy(),
        "EVENTFL": emergent.to_numpy() & (opens | raised),
        "EVNTNO": event - first + 1,
        "EVNTROW": pd.Series(event).groupby(event).cumcount().to_numpy(int) + 1,
    }
    back = np.argsort(order, kind="stable")
    return {name: column[back] for name, column in found.items()}


def _order(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Places by subject, term, start, end and sequence number; the ends, of what goes on late."""
    ends = _days(rows["AENDT"])
    ends = np.where(np.isnat(ends), GOES_ON, ends)
    terms = pd.factorize(rows["AEDECOD"].astype(object))[0]
    order = np.lexsort(
        (rows["SRCSEQ"].to_numpy(), ends, _days(rows["ASTDT"]), terms, by_subject(rows))
    )
    return order, ends


def _opens(
    owner: np.ndarray, term: np.ndarray, start: np.ndarray, ends: np.ndarray, gap_days: int
) -> np.ndarray:
    """Whether each row, in order, opens an event: none of its term went on until then (AE-1)."""
    alike = (np.diff(owner, prepend=-1) == 0) & (np.diff(term, prepend=-1) == 0)
    reach = (
        pd.Series(ends.astype(np.int64))
        .groupby(np.cumsum(~alike))
        .cummax()
        .shift(fill_value=0)
        .to_numpy()
    )
    return ~(alike & (start.astype(np.int64) <= reach + gap_days))


def _grade_before(
    grade: np.ndarray, before: np.ndarray, event: np.ndarray, which: str
) -> np.ndarray:
    """The event's last or highest grade before the first dose so far; NaN without one (AE-4)."""
    known = pd.Series(np.where(before, grade, np.nan)).groupby(event)
    return (
        (known.cummax() if which == "highest" else known.ffill()).groupby(event).ffill().to_numpy()
    )


def _days(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype(DAY)
