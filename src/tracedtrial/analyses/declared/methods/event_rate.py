"""Events per 100 patient-years of treatment."""

import numpy as np

from tracedtrial.analyses.declared.asked import Asked, Made
from tracedtrial.analyses.declared.method import Method
from tracedtrial.record.roles import merged
from tracedtrial.statistics import event_rate

DAYS_OF_YEAR = 365.25


def exposure_adjusted(asked: Asked) -> Made:
    """Rows that open an event or raise its grade, over the patients' time on treatment."""
    rows = asked.rows() & (asked.data.frame["EVENTFL"] == "Y").to_numpy()
    count, years = int(rows.sum()), _days(asked) / DAYS_OF_YEAR
    found = event_rate(count, years, level=asked.level)
    exposed = {"population": asked.population.within(asked.exposed)}
    shared = {
        "n": count,
        "denominator": count,
        "records": merged(asked.records(rows, variables=("EVENTFL",)), exposed),
        "functions": (event_rate,),
    }
    if asked.wants("events"):
        yield asked.number("events.n", "count", count, "events", method="events", **shared)
    if asked.wants("years"):
        method = "days from the first to the last dose / 365.25"
        yield asked.number("years", "number", years, "patient-years", method=method, **shared)
    shared |= {"unit": "per 100 patient-years", "reference": EVENT_RATE.reference}
    if asked.wants("rate"):
        value = 100 * found.rate if years else None
        yield asked.number("rate", "number", value, "rate", method="events / time", **shared)
    if asked.wants("ci"):
        bounds = (100 * found.low, 100 * found.high) if years else None
        method = f"exact Poisson interval, {100 * asked.level:g}%"
        yield asked.number(
            "ci", "number range", bounds, "confidence interval", method=method, **shared
        )


def _days(asked: Asked) -> float:
    held = asked.treated_days[asked.population.members]
    return float(np.nansum(held))


EVENT_RATE = Method(
    "event_rate",
    exposure_adjusted,
    {"events": {}, "years": {}, "rate": {}, "ci": {}},
    reference="Garwood, Biometrika 1936;28:437-42",
    datasets=("ADAE",),
    needs=("EVENTFL",),
)
