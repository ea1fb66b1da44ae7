"""Time to event: Kaplan-Meier medians, milestones, numbers at risk, follow-up."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tracedtrial.analyses.populations import Population
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.time_records import contact_records, progression_records, response_records
from tracedtrial.record.number import Number
from tracedtrial.statistics import kaplan_meier, reverse_kaplan_meier

CURVE = "Kaplan-Meier"
CURVE_SOURCE = "Kaplan and Meier, J Am Stat Assoc 1958;53:457-81"
MEDIAN_SOURCE = "Brookmeyer and Crowley, Biometrics 1982;38:29-41"
REVERSE_SOURCE = "Schemper and Smith, Control Clin Trials 1996;17:343-6"


def progression_free_survival(trial: Trial) -> Iterator[Number]:
    """Medians by the protocol's primary rule and by the other, with numbers at risk."""
    rule = trial.protocol["endpoints"]["pfs"]["rule"]
    population = trial.populations[trial.protocol["endpoints"]["pfs"]["population"]]
    other = "EMA" if rule == "FDA" else "FDA"
    for prefix, name in (("pfs", rule), (f"pfs_{other.lower()}", other)):
        frame = _endpoint(trial, population, f"PFS_{name}")
        records = population.roles(None, *progression_records(trial.data))
        method = f"{CURVE}, {name} censoring rule"
        yield from _median(trial, prefix, population, frame, records, "endpoints.pfs", method)
    frame = _endpoint(trial, population, f"PFS_{rule}")
    records = population.roles(None, *progression_records(trial.data))
    yield from _milestone(trial, "pfs", 6, population, frame, records, "endpoints.pfs")
    yield from _at_risk(trial, population, frame, records)


def overall_survival(trial: Trial) -> Iterator[Number]:
    """Median overall survival and survival at a year."""
    population = trial.populations[trial.protocol["endpoints"]["os"]["population"]]
    frame = _endpoint(trial, population, "OS")
    records = population.roles(None, *contact_records(trial.data))
    yield from _median(trial, "os", population, frame, records, "endpoints.os", CURVE)
    yield from _milestone(trial, "os", 12, population, frame, records, "endpoints.os")


def follow_up(trial: Trial) -> Iterator[Number]:
    """Median follow-up by the reverse Kaplan-Meier method (TTE-9)."""
    population = trial.populations[trial.protocol["endpoints"]["followup"]["population"]]
    frame = _endpoint(trial, population, "OS")
    curve = _curve(trial, frame, reverse=True)
    yield from _quantile(
        trial,
        "followup",
        curve,
        population,
        len(frame),
        population.roles(None, *contact_records(trial.data)),
        "endpoints.followup",
        f"reverse {CURVE}",
        REVERSE_SOURCE,
    )


def response_duration(trial: Trial) -> Iterator[Number]:
    """Duration of confirmed response from its first date, and time to it."""
    name = trial.protocol["endpoints"]["response_duration"]["population"]
    population, section = trial.populations[name], "endpoints.response_duration"
    frame = _endpoint(trial, population, "DOR")
    responders = np.isin(np.arange(len(population.members)), frame.index)
    records = population.roles(None, *response_records(trial.data, responders))
    yield Number(
        "dor.n",
        "count",
        len(frame),
        "patients",
        population=name,
        n=len(frame),
        denominator=population.size,
        method="confirmed responders",
        section=section,
        keys={"table": "dor", "statistic": "n"},
        records=records,
    )
    yield from _median(trial, "dor", population, frame, records, section, CURVE)
    times = _months(trial, _endpoint(trial, population, "TTR")["AVAL"].to_numpy())
    shared = {
        "unit": "months",
        "population": name,
        "n": len(times),
        "denominator": population.size,
        "section": section,
        "records": records,
    }
    yield Number(
        "ttr.median.months",
        "months",
        float(np.median(times)) if len(times) else None,
        "median",
        method="median of the responders' times",
        keys={"table": "ttr", "statistic": "median"},
        **shared,
    )
    bounds = (float(times.min()), float(times.max())) if len(times) else None
    yield Number(
        "ttr.range",
        "months interval",
        bounds,
        "range",
        method="least and greatest time",
        keys={"table": "ttr", "statistic": "range"},
        **shared,
    )


def pfs_curve(trial: Trial) -> pd.DataFrame:
    """The primary progression-free survival curve in months, from time 0: Figure 1c's rows."""
    rule = trial.protocol["endpoints"]["pfs"]["rule"]
    population = trial.populations[trial.protocol["endpoints"]["pfs"]["population"]]
    frame = _endpoint(trial, population, f"PFS_{rule}")
    if not len(frame):
        return pd.DataFrame(
            columns=["months", "survival", "low", "high", "at_risk", "events", "censored"]
        )
    curve = _curve(trial, frame)
    rows = pd.DataFrame(
        {
            "months": _months(trial, curve.time),
            "survival": curve.survival,
            "low": curve.low,
            "high": curve.high,
            "at_risk": curve.at_risk,
            "events": curve.events,
            "censored": curve.censored,
        }
    )
    start = pd.DataFrame([[0.0, 1.0, 1.0, 1.0, len(frame), 0, 0]], columns=rows.columns)
    return pd.concat([start, rows], ignore_index=True)


def _endpoint(trial: Trial, population: Population, name: str) -> pd.DataFrame:
    frame = trial.data.adtte[name]
    return frame[population.members[frame.index]]


def _months(trial: Trial, days: np.ndarray) -> np.ndarray:
    return days / trial.protocol["endpoints"]["month_days"]["value"]


def _curve(trial: Trial, frame: pd.DataFrame, *, reverse: bool = False) -> object:
    """The curve in days; None without patients."""
    if not len(frame):
        return None
    endpoints = trial.protocol["endpoints"]
    estimate = reverse_kaplan_meier if reverse else kaplan_meier
    return estimate(
        frame["AVAL"].to_numpy(),
        (frame["CNSR"] == 0).to_numpy(),
        level=endpoints["level"]["value"],
        transform=endpoints["transform"]["value"],
    )


def _median(
    trial: Trial,
    prefix: str,
    population: Population,
    frame: pd.DataFrame,
    records: dict,
    section: str,
    method: str,
) -> Iterator[Number]:
    events = int((frame["CNSR"] == 0).sum())
    yield Number(
        f"{prefix}.events.n",
        "count",
        events,
        "events",
        population=population.name,
        n=events,
        denominator=len(frame),
        method="count of events",
        keys={"table": prefix, "statistic": "events"},
        section=section,
        records=records,
    )
    yield from _quantile(
        trial,
        prefix,
        _curve(trial, frame),
        population,
        len(frame),
        records,
        section,
        method,
        CURVE_SOURCE,
    )


def _quantile(
    trial: Trial,
    prefix: str,
    curve: object,
    population: Population,
    n: int,
    records: dict,
    section: str,
    method: str,
    reference: str,
) -> Iterator[Number]:
    estimate = curve.quantile(0.5) if curve else (np.nan, np.nan, np.nan)
    value, low, high = (_months(trial, float(x)) if np.isfinite(x) else None for x in estimate)
    shared = {
        "unit": "months",
        "population": population.name,
        "n": n,
        "denominator": population.size,
        "section": section,
        "records": records,
        "functions": (reverse_kaplan_meier if method.startswith("reverse") else kaplan_meier,),
    }
    yield Number(
        f"{prefix}.median.months",
        "months",
        value,
        "median",
        method=method,
        reference=reference,
        keys={"table": prefix, "statistic": "median"},
        **shared,
    )
    transform = trial.protocol["endpoints"]["transform"]["value"]
    level = 100 * trial.protocol["endpoints"]["level"]["value"]
    yield Number(
        f"{prefix}.median.ci",
        "months interval",
        (low, high),
        "confidence interval",
        method=f"{method}; pointwise {transform} band inverted, {level:g}%",
        reference=MEDIAN_SOURCE,
        keys={"table": prefix, "statistic": "ci"},
        parents=(f"{prefix}.median.months",),
        **shared,
    )


def _milestone(
    trial: Trial,
    prefix: str,
    months: int,
    population: Population,
    frame: pd.DataFrame,
    records: dict,
    section: str,
) -> Iterator[Number]:
    """Survival at a number of months, in percent, with its pointwise interval."""
    curve, value, bounds = _curve(trial, frame), None, (None, None)
    days = months * trial.protocol["endpoints"]["month_days"]["value"]
    if curve and np.isfinite(curve.survival_at([days])[0]):
        value = 100 * float(curve.survival_at([days])[0])
        at = np.searchsorted(curve.time, days, side="right") - 1
        ends = (curve.low[at], curve.high[at]) if at >= 0 else (1.0, 1.0)
        bounds = tuple(100 * float(x) if np.isfinite(x) else None for x in ends)
    shared = {
        "unit": "%",
        "population": population.name,
        "n": len(frame),
        "denominator": population.size,
        "section": section,
        "records": records,
        "functions": (kaplan_meier,),
    }
    yield Number(
        f"{prefix}.m{months}.percent",
        "percent",
        value,
        "survival",
        method=CURVE,
        reference=CURVE_SOURCE,
        keys={"table": prefix, "statistic": "survival"},
        **shared,
    )
    transform = trial.protocol["endpoints"]["transform"]["value"]
    yield Number(
        f"{prefix}.m{months}.ci",
        "percent interval",
        bounds,
        "confidence interval",
        method=f"Greenwood, {transform}",
        parents=(f"{prefix}.m{months}.percent",),
        reference=CURVE_SOURCE,
        keys={"table": prefix, "statistic": "survival ci"},
        **shared,
    )


def _at_risk(
    trial: Trial, population: Population, frame: pd.DataFrame, records: dict
) -> Iterator[Number]:
    curve = _curve(trial, frame)
    for months in trial.protocol["endpoints"]["pfs"]["at_risk_months"]:
        days = months * trial.protocol["endpoints"]["month_days"]["value"]
        n = int(curve.at_risk_at([days])[0]) if curve else 0
        yield Number(
            f"pfs.at_risk.m{months}",
            "count",
            n,
            "patients at risk",
            population=population.name,
            n=n,
            denominator=population.size,
            method="patients neither progressed, dead nor censored before",
            keys={"table": "pfs", "statistic": "at_risk", "months": str(months)},
            section="endpoints.pfs",
            functions=(kaplan_meier,),
            records=records,
        )
