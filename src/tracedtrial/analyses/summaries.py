"""Statistics that many sections share: a count with its share, a median with its range."""

from collections.abc import Iterator, Mapping

import numpy as np

from tracedtrial.analyses.populations import Population
from tracedtrial.datasets.dataset import NOTHING
from tracedtrial.record.number import Number
from tracedtrial.statistics import exact_interval

EXACT = "Clopper-Pearson exact interval"
EXACT_SOURCE = "Clopper and Pearson, Biometrika 1934;26:404-13"


def counted(
    prefix: str,
    population: Population,
    numerator: np.ndarray,
    *,
    supports: np.ndarray,
    against: np.ndarray = NOTHING,
    keys: Mapping[str, str] | None = None,
    section: str,
    parents: tuple[str, ...] = (),
) -> Iterator[Number]:
    """`prefix.n` and `prefix.percent`: the patients in `numerator`, and their share."""
    n, records = (
        int((numerator & population.members).sum()),
        population.roles(numerator, supports, against),
    )
    shared = {
        "population": population.name,
        "n": n,
        "denominator": population.size,
        "records": records,
        "section": section,
    }
    yield Number(
        f"{prefix}.n",
        "count",
        n,
        "patients",
        method="count of patients",
        keys={**(keys or {}), "statistic": "n"},
        parents=parents,
        **shared,
    )
    share = 100 * n / population.size if population.size else None
    yield Number(
        f"{prefix}.percent",
        "percent",
        share,
        "percentage",
        unit="%",
        method="patients / population",
        keys={**(keys or {}), "statistic": "percent"},
        parents=(f"{prefix}.n", *parents),
        **shared,
    )


def exact_bounds(share: Number, level: float) -> Number:
    """The exact confidence interval of a percentage made by `counted`."""
    bounds = None
    if share.denominator:
        interval = exact_interval(share.n, share.denominator, level=level)
        bounds = (100 * interval.low, 100 * interval.high)
    return Number(
        share.id.removesuffix("percent") + "ci",
        "percent interval",
        bounds,
        "confidence interval",
        unit="%",
        population=share.population,
        n=share.n,
        denominator=share.denominator,
        method=f"{EXACT}, {100 * level:g}%",
        reference=EXACT_SOURCE,
        keys={**share.keys, "statistic": "ci"},
        parents=(share.id,),
        section=share.section,
        functions=(exact_interval,),
        records=share.records,
    )


def quantity(
    prefix: str,
    kind: str,
    population: Population,
    values: np.ndarray,
    *,
    unit: str,
    supports: np.ndarray,
    keys: Mapping[str, str] | None = None,
    section: str,
) -> Iterator[Number]:
    """`prefix.median` and `prefix.range` of `values` (by subject number; NaN is missing)."""
    known = np.isfinite(values) & population.members
    observed = values[known]
    shared = {
        "unit": unit,
        "population": population.name,
        "n": int(known.sum()),
        "denominator": population.size,
        "section": section,
        "records": population.roles(known, supports),
    }
    keys = dict(keys or {})
    yield Number(
        f"{prefix}.median",
        kind,
        float(np.median(observed)) if len(observed) else None,
        "median",
        method="median of the known values",
        keys={**keys, "statistic": "median"},
        **shared,
    )
    bounds = (float(observed.min()), float(observed.max())) if len(observed) else None
    yield Number(
        f"{prefix}.range",
        f"{kind} range",
        bounds,
        "range",
        method="least and greatest value",
        keys={**keys, "statistic": "range"},
        **shared,
    )
