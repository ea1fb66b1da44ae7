"""Patients with a chosen row, or with each value of a variable: count, share, interval."""

from tracedtrial.analyses.declared.asked import Asked, Made
from tracedtrial.analyses.declared.conditions import Clause
from tracedtrial.analyses.declared.counting import INTERVALS, counted
from tracedtrial.analyses.declared.method import Method
from tracedtrial.record.number import slug


def patients_with(asked: Asked) -> Made:
    """Patients who have a row, in all or by the values of `rows`."""
    if not asked.analysis.rows:
        yield from counted(asked, "", asked.rows(), {})
        return
    (variable,) = asked.analysis.rows
    for text in asked.categories(variable):
        clause = Clause(variable, "=", (text,))
        yield from counted(asked, f"{slug(text)}.", asked.rows(clause), {"category": text}, clause)


PATIENTS_WITH = Method(
    "patients_with",
    patients_with,
    {"n": {}, "percent": {}, "ci": {"interval": "exact", "level": ""}},
    choices={"interval": tuple(INTERVALS)},
    asks=("rows",),
)
