"""Time to event: Kaplan-Meier events, quartiles, survival and numbers at risk at any times."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tracedtrial.analyses.declared.asked import Asked, Made
from tracedtrial.analyses.declared.method import Method
from tracedtrial.analyses.declared.model import time_part
from tracedtrial.statistics import kaplan_meier, reverse_kaplan_meier
from tracedtrial.statistics.survival import KaplanMeier

SOURCE = "Kaplan and Meier, J Am Stat Assoc 1958;53:457-81"
MEDIAN_SOURCE = "Brookmeyer and Crowley, Biometrics 1982;38:29-41"
QUANTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}


@dataclass(frozen=True)
class _Times:
    """The times of the chosen rows, their curve (None without rows) and what numbers share."""

    asked: Asked
    curve: KaplanMeier | None
    shared: dict[str, object]

    def months(self, days: float) -> float | None:
        return float(days) / self.asked.month_days if np.isfinite(days) else None

    def days(self, months: object) -> float:
        return float(str(months)) * self.asked.month_days


def times_to_event(asked: Asked) -> Made:
    """Every statistic that is asked for, of the chosen times, one a patient."""
    times = _times(asked)
    rows = asked.rows()
    events = int((asked.data.frame["CNSR"][rows] == 0).sum())
    if asked.wants("n"):
        yield asked.number(
            "n", "count", times.shared["n"], "patients", method="known times", **times.shared
        )
    if asked.wants("events"):
        shared = times.shared | {"n": events, "denominator": times.shared["n"]}
        yield asked.number(
            "events.n", "count", events, "events", method="count of events", **shared
        )
    for name, share in QUANTILES.items():
        if asked.wants(name):
            yield from _quantile(times, name, share)
    for months in _listed(asked, "survival_at"):
        yield from _survival(times, months)
    for months in _listed(asked, "at_risk"):
        n = int(times.curve.at_risk_at([times.days(months)])[0]) if times.curve else 0
        yield asked.number(
            f"at_risk.{time_part(float(str(months)))}",
            "count",
            n,
            "patients at risk",
            method="patients without event or censoring before",
            keys={"months": str(months)},
            **times.shared | {"n": n},
        )


def curve_of(asked: Asked) -> KaplanMeier | None:
    """The curve of the chosen times; None without any."""
    frame = asked.data.frame[asked.rows()]
    if not len(frame):
        return None
    return _estimate(asked)(
        frame["AVAL"].to_numpy(),
        (frame["CNSR"] == 0).to_numpy(),
        level=asked.level,
        transform=str(asked.settings["transform"]),
    )


def _estimate(asked: Asked) -> Callable[..., KaplanMeier]:
    return reverse_kaplan_meier if asked.wants("reverse") else kaplan_meier


def _times(asked: Asked) -> _Times:
    rows = asked.rows()
    shared = {
        "n": int(rows.sum()),
        "denominator": asked.population.size,
        "records": asked.records(rows, variables=("AVAL", "CNSR")),
        "functions": (_estimate(asked),),
    }
    return _Times(asked, curve_of(asked), shared)


def _quantile(times: _Times, name: str, share: float) -> Made:
    asked = times.asked
    found = times.curve.quantile(share) if times.curve else (np.nan,) * 3
    value, low, high = (times.months(end) for end in found)
    method = "reverse Kaplan-Meier" if asked.wants("reverse") else "Kaplan-Meier"
    yield asked.number(
        f"{name}.months",
        "months",
        value,
        name if name == "median" else "quartile",
        unit="months",
        method=method,
        reference=SOURCE,
        **times.shared,
    )
    yield asked.number(
        f"{name}.ci",
        "months interval",
        (low, high),
        "confidence interval",
        unit="months",
        method=f"{method}; pointwise {asked.settings['transform']} band inverted, "
        f"{100 * asked.level:g}%",
        reference=MEDIAN_SOURCE,
        **times.shared,
    )


def _survival(times: _Times, months: object) -> Made:
    """Survival at a time, in percent, with its pointwise interval; NE past the last time."""
    asked, curve, days = times.asked, times.curve, times.days(months)
    value: float | None = None
    bounds: tuple[float | None, ...] = (None, None)
    if curve and np.isfinite(curve.survival_at([days])[0]):
        value = 100 * float(curve.survival_at([days])[0])
        at = int(np.searchsorted(curve.time, days, side="right")) - 1
        ends = (curve.low[at], curve.high[at]) if at >= 0 else (1.0, 1.0)
        bounds = tuple(100 * float(end) if np.isfinite(end) else None for end in ends)
    keys = {"months": str(months)}
    tail = time_part(float(str(months)))
    yield asked.number(
        f"{tail}.percent",
        "percent",
        value,
        "survival",
        unit="%",
        method="Kaplan-Meier",
        reference=SOURCE,
        keys=keys,
        **times.shared,
    )
    yield asked.number(
        f"{tail}.ci",
        "percent interval",
        bounds,
        "confidence interval",
        unit="%",
        method=f"Greenwood, {asked.settings['transform']}, {100 * asked.level:g}%",
        reference=SOURCE,
        keys=keys,
        **times.shared,
    )


def _listed(asked: Asked, statistic: str) -> list[object]:
    return list(asked.options(statistic)["months"]) if asked.wants(statistic) else []  # type: ignore[call-overload]


KAPLAN_MEIER = Method(
    "kaplan_meier",
    times_to_event,
    {
        "n": {},
        "events": {},
        **{name: {} for name in QUANTILES},
        "survival_at": {"months": None},
        "at_risk": {"months": None},
        "reverse": {},
    },
    reference=SOURCE,
    datasets=("ADTTE",),
    needs=("AVAL", "CNSR"),
)
