"""Numbers of the design: doses, schedule, windows, thresholds, straight from the protocol."""

from collections.abc import Iterator
from datetime import date

from tracedtrial.analyses.trial import Trial
from tracedtrial.record.number import Number, slug
from tracedtrial.statistics import escalation, simon_two_stage

SIMON = "Simon, Control Clin Trials 1989;10:1-10"


def _protocol(id: str, kind: str, value: object, section: str, unit: str = "") -> Number:
    return Number(
        id,
        kind,
        value,
        "protocol value",
        unit=unit,
        source="protocol",
        method="as the protocol has it",
        section=section,
    )


def doses(trial: Trial) -> Iterator[Number]:
    """The dose of each drug at each level, and each drug's distinct doses in rising order."""
    for drug, entry in trial.protocol["drugs"].items():
        ids = []
        for level, settings in trial.protocol["dose_levels"].items():
            ids.append(f"dose.{slug(level)}.{slug(drug)}")
            yield _protocol(
                ids[-1], "dose", settings["doses"][drug], f"dose_levels.{level}", entry["unit"]
            )
        levels = sorted({s["doses"][drug] for s in trial.protocol["dose_levels"].values()})
        yield Number(
            f"dose.{slug(drug)}.levels",
            "doses",
            tuple(levels),
            "protocol value",
            unit=entry["unit"],
            source="protocol",
            section="dose_levels",
            method="distinct doses of the levels",
            parents=tuple(ids),
        )


def schedule(trial: Trial) -> Iterator[Number]:
    """Days of administration, cycle, windows and the schedule of assessments."""
    protocol = trial.protocol
    for drug, entry in protocol["drugs"].items():
        yield _protocol(
            f"schedule.{slug(drug)}.days", "days", tuple(entry["days"]), f"drugs.{drug}"
        )
    yield _protocol("cycle.days", "count", protocol["cycle"]["days"], "cycle", "days")
    yield _protocol(
        "dlt.window.days", "count", protocol["dlt"]["window"]["days"], "dlt.window", "days"
    )
    yield _protocol(
        "dlt.required.fraction",
        "fraction",
        tuple(protocol["dlt"]["required_dose"]["fraction"]),
        "dlt.required_dose",
    )
    yield _protocol(
        "safety.emergent.days",
        "count",
        protocol["safety"]["emergent"]["days_after_last_dose"],
        "safety.emergent",
        "days",
    )
    assessment = protocol["endpoints"]["assessment"]
    yield _protocol(
        "assessment.interval.days",
        "count",
        assessment["interval_days"],
        "endpoints.assessment",
        "days",
    )
    yield _protocol("assessment.missed", "count", assessment["missed"], "endpoints.assessment")


def two_stage(trial: Trial) -> Iterator[Number]:
    """Simon's two-stage design, where the protocol declares one for phase II."""
    asked = trial.protocol.get("two_stage")
    if asked is None:
        return
    rates = {name: asked[name] for name in ("p0", "p1", "alpha", "beta")}
    found = getattr(simon_two_stage(**rates), asked["design"])
    section, design = "two_stage", f"{asked['design']} two-stage design"
    for name, rate in rates.items():
        yield _protocol(f"two_stage.{name}.percent", "plain percent", 100 * rate, section, "%")
    for name in ("r1", "n1", "r", "n"):
        yield Number(
            f"two_stage.{name}",
            "count",
            getattr(found, name),
            design,
            unit="patients",
            source="protocol",
            method=f"Simon's {design}",
            reference=SIMON,
            section=section,
            functions=(simon_two_stage,),
        )


def design(trial: Trial) -> Iterator[Number]:
    """Names and numbers of the design: registration, phase, rule, cut-off, versions, thresholds."""
    protocol = trial.protocol
    safety, cutoff = protocol["safety"], date.fromisoformat(protocol["trial"]["cutoff"]["value"])
    for name in ("registration", "phase"):
        yield _protocol(f"trial.{name}", "text", protocol["trial"][name]["value"], f"trial.{name}")
    yield _protocol("trial.cutoff", "date", cutoff.isoformat(), "trial.cutoff")
    yield _protocol(
        "design.rule", "text", protocol["escalation"]["rule"]["value"], "escalation.rule"
    )
    yield _protocol("dlt.cohort.size", "count", escalation.FIRST_COHORT, "escalation.rule")
    yield _protocol("dlt.cohort.expanded", "count", escalation.EXPANDED, "escalation.rule")
    yield _protocol(
        "response.criteria.version", "text", trial.criteria.version, "response.criteria"
    )
    for name, rule in (("confirmation", "confirmation"), ("stable", "stable_disease")):
        if rule in protocol["response"]:
            yield _protocol(
                f"response.{name}.days",
                "count",
                protocol["response"][rule]["days"],
                f"response.{rule}",
                "days",
            )
    for name in ("dictionary", "coding"):
        version = safety[name]["value"].split()[-1].removeprefix("v")
        yield _protocol(f"safety.{name}.version", "text", version, f"safety.{name}")
    yield _protocol("safety.grade.minimum", "count", safety["grade"]["minimum"], "safety.grade")
    yield _protocol("safety.grade.severe", "count", safety["grade"]["severe"], "safety.grade")
    for name in ("most_common", "infrequent"):
        if name not in safety:
            continue
        yield _protocol(
            f"threshold.{name}.percent",
            "plain percent",
            safety[name]["percent"],
            f"safety.{name}",
            "%",
        )
    yield _protocol(
        "interval.level.percent",
        "plain percent",
        100 * protocol["endpoints"]["level"]["value"],
        "endpoints.level",
        "%",
    )
    yield _protocol(
        "endpoints.month_days",
        "plain",
        float(protocol["endpoints"]["month_days"]["value"]),  # a length, not a count of days
        "endpoints.month_days",
        "days",
    )
