"""Patients at their highest grade, by rows of adverse events and columns of grades."""

import re
from collections.abc import Iterator

import numpy as np

from tracedtrial.analyses.declared.asked import Asked, Made
from tracedtrial.analyses.declared.conditions import Clause
from tracedtrial.analyses.declared.counting import INTERVALS, counted
from tracedtrial.analyses.declared.method import Method
from tracedtrial.record.number import slug

OVERALL = "overall"
COLUMN = re.compile(r"any|[1-5]|[1-4]\+|[1-4]-[2-5]")
PARTS = {"AEBODSYS": "class", "AEDECOD": "term"}


def patients_at_highest_grade(asked: Asked) -> Made:
    """For each row and column, patients whose highest grade in the row is in the column."""
    for tail, keys, category in _rows(asked):
        mask = asked.rows(*category)
        highest = _highest(asked, mask)
        for column in asked.analysis.grades:
            low, high = bounds(column)
            reached = (highest >= low) & (highest <= high)
            grade = asked.data.frame["AETOXGR"].to_numpy(int)
            own = asked.data.subjects
            rows = mask & reached[own] & ((grade == highest[own]) | (column == "any"))
            yield from counted(
                asked,
                f"{tail}.{named(column)}.",
                rows,
                {**keys, "grade": column},
                *category,
                variables=("AETOXGR",),
                others=mask & ~rows,
            )


def _rows(asked: Asked) -> Iterator[tuple[str, dict[str, str], tuple[Clause, ...]]]:
    """(part of the id, keys, clauses) of each row: overall, then the values of each variable."""
    for variable in asked.analysis.rows or (OVERALL,):
        if variable == OVERALL:
            yield OVERALL, {"row": OVERALL, "category": "Any"}, ()
            continue
        part = PARTS.get(variable, variable.lower())
        for text in asked.categories(variable):
            clause = Clause(variable, "=", (text,))
            yield f"{part}.{slug(text)}", {"row": variable, "category": text}, (clause,)


def _highest(asked: Asked, rows: np.ndarray) -> np.ndarray:
    """By subject number, the highest grade in these rows; 0 without one."""
    highest = np.zeros(len(asked.population.members), int)
    np.maximum.at(
        highest, asked.data.subjects[rows], asked.data.frame["AETOXGR"].to_numpy(int)[rows]
    )
    return highest


def bounds(column: str) -> tuple[int, int]:
    """The least and the greatest grade of a column.

    Examples
    --------
    >>> bounds("any"), bounds("3"), bounds("3+"), bounds("3-4")
    ((1, 5), (3, 3), (3, 5), (3, 4))
    """
    if column == "any":
        return 1, 5
    low = int(column[0])
    return low, 5 if column.endswith("+") else int(column[-1])


def named(column: str) -> str:
    """A column as a part of an id: `any`, `g3`, `g3plus`, `g3to4`."""
    return column if column == "any" else "g" + column.replace("+", "plus").replace("-", "to")


HIGHEST_GRADE = Method(
    "patients_at_highest_grade",
    patients_at_highest_grade,
    {"n": {}, "percent": {}, "ci": {"interval": "exact", "level": ""}},
    choices={"interval": tuple(INTERVALS)},
    reference="each patient counts once a row, at the highest grade within it",
    datasets=("ADAE",),
    needs=("AETOXGR",),
    asks=("rows", "grades"),
)
