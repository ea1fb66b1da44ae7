"""Counts of patients and events by term, class and grade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tracedtrial.statistics.arguments import refuse

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("patients_highest_grade", "patients_any_grade", "events")
RESERVED = ("level", "overall", *MEASURES)


def adverse_event_counts(
    events: pd.DataFrame,
    subject: str = "USUBJID",
    by: Sequence[str] = ("AEBODSYS", "AEDECOD"),
    grade: str = "AETOXGR",
    group: str | None = None,
) -> pd.DataFrame:
    """
    Patients and events overall, by each key and by grade.

    A patient counts once overall, once per value of the first key (system organ class) and
    once per value of both (preferred term), each time at the highest grade within that level;
    an event counts as often as it was recorded.

    Parameters
    ----------
    events : pandas.DataFrame
        One row per event, in any order: ADAE or alike.
    subject, grade : str
        Columns of the patient's identifier and of the event's grade. Grades are ordered as
        their values sort, or as their categories if they are an ordered categorical.
    by : sequence of str
        Columns of the keys, from the coarsest to the finest.
    group : str, optional
        A column (treatment, dose level) within whose values everything is counted.

    Returns
    -------
    pandas.DataFrame
        One row per level, its keys and grade, in this order and sorted. Columns: `group` if
        given; ``level``, which is ``"overall"`` or the name of the finest key in use; the
        columns of `by`, missing where a level is not split by them; `grade`, a grade or
        ``"any"``; ``patients_highest_grade``, patients whose highest grade within the level is
        this one; ``patients_any_grade``, patients with an event of any grade in the level;
        ``events``, events of this grade. Only grades that occur in a level have a row; without
        events there is none.

    Raises
    ------
    ValueError
        If a column is absent or named twice, or a value in one of them is missing.

    Examples
    --------
    One patient with anemia of grades 1 and 3 and neutropenia of grade 4, another with anemia
    of grade 2:

    >>> import pandas as pd
    >>> adae = pd.DataFrame({
    ...     "USUBJID": ["01", "01", "01", "02"],
    ...     "AEDECOD": ["Anemia", "Anemia", "Neutropenia", "Anemia"],
    ...     "AETOXGR": [1, 3, 4, 2],
    ... })
    >>> counts = adverse_event_counts(adae, by=["AEDECOD"])
    >>> anemia = counts[counts["AEDECOD"] == "Anemia"]
    >>> print(anemia.drop(columns=["level", "patients_any_grade"]).to_string(index=False))
    AEDECOD AETOXGR  patients_highest_grade  events
     Anemia     any                       2       3
     Anemia       1                       0       1
     Anemia       2                       1       1
     Anemia       3                       1       1
    """
    import pandas as pd

    by, groups = _key_names(by), () if group is None else (group,)
    columns = _columns(events, (subject, grade, *groups, *by))
    patients, grades = _codes(columns[subject]), _codes(columns[grade], ordered=True)
    cell, keys, levels = np.zeros(len(columns), dtype=np.int64), [], []
    for name in (*groups, "overall", *by):
        if name in columns:
            cell, keys = _split(cell, columns[name]), [*keys, name]
        if name not in groups:
            table = _level(cell, columns[keys], patients=patients, grades=grades)
            levels.append(table.assign(level=name))
    counts = pd.concat(levels, ignore_index=True).rename(columns={"": grade})
    return counts.reindex(columns=[*groups, "level", *by, grade, *MEASURES])


class _Codes(NamedTuple):
    """A column as numbers 0, 1, ..., each standing for one of its distinct values."""

    code: np.ndarray
    values: Sequence


def _level(
    cell: np.ndarray, keys: pd.DataFrame, *, patients: _Codes, grades: _Codes
) -> pd.DataFrame:
    """The rows of one level; its cells are numbered, and hold one value of each key."""
    shape = cell.max(initial=-1) + 1, len(grades.values)
    highest = _table(_highest_grades(cell, patients=patients, grades=grades), shape)
    recorded = _table(cell * shape[1] + grades.code, shape)
    in_cell, column = np.nonzero(recorded)
    member = np.empty(shape[0], dtype=np.int64)
    member[cell] = np.arange(cell.size)
    counts = (highest[in_cell, column], highest[in_cell, 0], recorded[in_cell, column])
    labels = np.array(["any", *grades.values], dtype=object)[column]
    rows = keys.iloc[member[in_cell]].reset_index(drop=True)
    return rows.assign(**{"": labels}, **dict(zip(MEASURES, counts)))


def _highest_grades(cell: np.ndarray, *, patients: _Codes, grades: _Codes) -> np.ndarray:
    """``cell * number of grades + highest grade``, once for each patient in a cell."""
    persons, width = len(patients.values), len(grades.values)
    record = np.sort((cell * persons + patients.code) * width + grades.code)
    person = record // width
    last = np.diff(person, append=-1) != 0
    return person[last] // persons * width + record[last] % width


def _table(position: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Counts by cell and grade, with the sum over the grades as first column."""
    table = np.bincount(position, minlength=shape[0] * shape[1]).reshape(shape)
    return np.column_stack((table.sum(axis=1), table))


def _split(cell: np.ndarray, column: pd.Series) -> np.ndarray:
    """The cells, split by the values of a column and numbered in their order."""
    import pandas as pd

    code, values = _codes(column, ordered=True)
    return pd.factorize(cell * len(values) + code, sort=True)[0]


def _codes(column: pd.Series, *, ordered: bool = False) -> _Codes:
    import pandas as pd

    code, values = pd.factorize(column, sort=ordered)
    refuse(column, code == -1, name=column.name, rule="not be missing")
    if ordered:
        _check_order(values, column.name)
    return _Codes(code.astype(np.int64, copy=False), values)


def _check_order(values: Sequence, name: str) -> None:
    try:
        sorted(values)
    except TypeError:
        kinds = " and ".join(sorted({type(value).__name__ for value in values}))
        raise ValueError(f"{name} must hold values of one kind, but got {kinds}") from None


def _key_names(by: Sequence[str]) -> tuple[str, ...]:
    if isinstance(by, str):
        raise ValueError(f"by must be a sequence of columns, but got {by!r}")
    return tuple(by)


def _columns(events: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """The columns to count by; each stands in `events` once, and has one role."""
    for name in names:
        if (found := list(events.columns).count(name)) != 1:
            raise ValueError(f"events must have one column {name!r}, but got {found}")
        if names.count(name) > 1:
            raise ValueError(f"a column must have one role, but got {name!r} twice")
        if name in RESERVED:
            raise ValueError(f"a column must not be named as a result, but got {name!r}")
    return events[list(names)]
