"""Patients who have a row: count, share, interval."""

import numpy as np

from tracedtrial.analyses.declared.asked import Asked, Made
from tracedtrial.analyses.declared.conditions import Clause
from tracedtrial.record.number import Number
from tracedtrial.statistics import exact_interval, wilson_interval

INTERVALS = {
    "exact": (exact_interval, "Clopper and Pearson, Biometrika 1934;26:404-13"),
    "wilson": (wilson_interval, "Wilson, J Am Stat Assoc 1927;22:209-12"),
}


def counted(
    asked: Asked,
    tail: str,
    rows: np.ndarray,
    keys: dict[str, str],
    *category: Clause,
    variables: tuple[str, ...] = (),
    others: np.ndarray | None = None,
) -> Made:
    """`n`, `percent` and `ci` of the patients who have one of these rows."""
    n, size = int(asked.patients(rows).sum()), asked.population.size
    shared = {
        "n": n,
        "denominator": size,
        "records": asked.records(rows, *category, variables=variables, others=others),
        "keys": keys,
    }
    if asked.wants("n"):
        yield asked.number(f"{tail}n", "count", n, "patients", method="count of patients", **shared)
    if asked.wants("percent"):
        share = 100 * n / size if size else None
        yield asked.number(
            f"{tail}percent",
            "percent",
            share,
            "percentage",
            unit="%",
            method="patients / population",
            **shared,
        )
    if asked.wants("ci"):
        yield _interval(asked, f"{tail}ci", n, size, shared)


def _interval(asked: Asked, tail: str, n: int, size: int, shared: dict[str, object]) -> Number:
    options = asked.options("ci")
    kind, level = str(options["interval"]), float(str(options["level"] or asked.level))
    function, reference = INTERVALS[kind]
    found = function(n, size, level=level) if size else None
    bounds = (100 * found.low, 100 * found.high) if found else None
    return asked.number(
        tail,
        "percent interval",
        bounds,
        "confidence interval",
        unit="%",
        method=f"{kind} interval, {100 * level:g}%",
        reference=reference,
        functions=(function,),
        **shared,
    )
