"""A continuous variable: n, mean, standard deviation, median, quartiles, range, missing."""

import numpy as np

from tracedtrial.analyses.declared.asked import Asked, Made
from tracedtrial.analyses.declared.method import Method
from tracedtrial.statistics.continuous import summary

SINGLE = {"mean": "mean", "sd": "standard deviation", "median": "median"}
PAIRS = {"quartiles": ("q1", "q3"), "range": ("min", "max")}


def continuous(asked: Asked) -> Made:
    """Statistics of the known values of the chosen rows, one a row."""
    rows = asked.rows()
    values = asked.values(rows).astype(float).to_numpy()
    known = rows.copy()
    known[rows] = np.isfinite(values)
    of = summary(values[np.isfinite(values)])
    shared = {
        "n": int(known.sum()),
        "denominator": int(rows.sum()),
        "records": asked.records(known, variables=(asked.analysis.value,)),
        "functions": (summary,),
    }
    if asked.wants("n"):
        yield asked.number(
            "n", "count", int(known.sum()), "values", method="known values", **shared
        )
    if asked.wants("missing"):
        missing = int(rows.sum() - known.sum())
        yield asked.number("missing", "count", missing, "values", method="values missing", **shared)
    for name, statistic in SINGLE.items():
        if asked.wants(name):
            value = getattr(of, name)
            yield asked.number(
                name,
                "number",
                value,
                statistic,
                method=f"{statistic} of the known values",
                **shared,
            )
    for name, ends in PAIRS.items():
        if asked.wants(name):
            bounds = tuple(getattr(of, end) for end in ends)
            value = None if None in bounds else bounds
            yield asked.number(
                name, "number range", value, name, method=f"{name} of the known values", **shared
            )


SUMMARY = Method(
    "summary",
    continuous,
    {name: {} for name in ("n", "missing", *SINGLE, *PAIRS)},
    reference="quartiles by the mean of order statistics at a step (SAS PCTLDEF=5)",
    asks=("value",),
)
