"""Where each number of the ledger stands: its analysis, its operation, its groups."""

from dataclasses import dataclass, replace

from tracedtrial.analyses.patients import MISSING
from tracedtrial.displays.wording import slug
from tracedtrial.provenance.methods import METHODS

PRIMARY, SECONDARY = "PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE"
EXPLORATORY, DESCRIPTIVE = "EXPLORATORY OUTCOME MEASURE", "DESCRIPTION OF PATIENTS AND CONDUCT"
TIMES = {
    "pfs": "Progression-free survival",
    "os": "Overall survival",
    "dor": "Duration of response",
    "ttr": "Time to response",
    "followup": "Follow-up",
}


@dataclass(frozen=True)
class Topic:
    """What an analysis is about: its name, method and data (`place` is dataset and variable)."""

    name: str
    method: str
    place: str
    subset: str = ""
    purpose: str = DESCRIPTIVE
    output: str = ""


@dataclass(frozen=True)
class Place:
    """A number's analysis with its topic, the operation, and (grouping, value) of each group."""

    analysis: str
    topic: Topic
    operation: str
    groups: tuple[tuple[str, str], ...] = ()


def place(id: str, row: dict, protocol: dict) -> Place:
    """Where a row of the ledger stands. A row of no known table is an analysis of its own."""
    table = str(row["keys"].get("table", "")).partition("_")[0]
    known = _dose if id.startswith(("dlt.rp2d.", "dlt.rule.")) else _PLACES.get(table, _other)
    found = known(id, row["keys"], row, protocol)
    if found.operation not in METHODS[found.topic.method][1]:
        return _other(id, row["keys"], row, protocol)
    return found


def _leveled(found: Place, level: str | None, protocol: dict) -> Place:
    """The place within the dose level of that slug, where there is one."""
    codes = {slug(code): code for code in protocol["dose_levels"]}
    if level not in codes:
        return found
    return replace(
        found,
        analysis=f"{found.analysis}.by_level",
        topic=replace(found.topic, name=f"{found.topic.name}, by dose level"),
        groups=(("grouping.level", codes[level]), *found.groups),
    )


def _populations(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    name = keys["population"]
    label = protocol["populations"][name]["label"]
    topic = Topic(label[:1].upper() + label[1:], "count", "ADSL.USUBJID")
    return _leveled(Place(f"populations.{name}", topic, "n"), keys.get("level"), protocol)


def _disposition(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    if "reason" in keys:
        topic = Topic("Off treatment, by reason", "count_percent", "DS.DSDECOD", "subset.ended")
        return Place(
            "disposition.off", topic, keys["statistic"], (("grouping.reason", keys["reason"]),)
        )
    kind = id.split(".")[1]
    known = {
        "ongoing": ("On treatment at the cut-off", "ADSL.EOTSTT"),
        "off": ("Off treatment", "ADSL.EOTSTT"),
        "deaths": ("Deaths", "ADSL.DTHFL"),
        "deaths_on_study": ("Deaths within the safety window of the last dose", "ADSL.LDDTHELD"),
    }
    if kind not in known:
        return _other(id, keys, row, protocol)
    name, variable = known[kind]
    kind = "discontinued" if kind == "off" else kind  # the reasons have its name
    topic = Topic(name, "count_percent", variable, f"subset.{kind}")
    return Place(f"disposition.{kind}", topic, keys["statistic"])


def _baseline(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    characteristic, baseline = keys["characteristic"], protocol["baseline"]
    entries = {entry["id"]: entry for entry in baseline["characteristics"]}
    entries["lines"] = {"label": baseline.get("prior_lines", {}).get("label"), "column": "NLINES"}
    entries["refractory"] = {"label": "Refractory to a drug in a prior line"}
    if characteristic not in entries:
        return _other(id, keys, row, protocol)
    entry = entries[characteristic]
    variable = f"ADSL.{entry.get('column', entry.get('test'))}"
    if characteristic == "refractory":
        variable = "CM.CMREFRFL"
    method = "count_percent" if "value" in keys else "median_range"
    groups = ((f"grouping.{slug(characteristic)}", keys["value"]),) if "value" in keys else ()
    topic = Topic(entry["label"], method, variable, output="baseline")
    missing = ".missing" if keys.get("value") == MISSING and entry.get("kind") == "median" else ""
    found = Place(f"baseline.{characteristic}{missing}", topic, keys["statistic"], groups)
    return _leveled(found, keys["level"], protocol)


def _escalation(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    statistic = keys["statistic"]
    topic = Topic(
        "Dose-limiting toxicity by cohort",
        "cohort_toxicity",
        "ADAE.AEDECOD",
        "subset.dlt",
        PRIMARY,
        "escalation",
    )
    if "cohort" in keys:
        codes = {slug(code): code for code in protocol["dose_levels"]}
        groups = (("grouping.level", codes[keys["level"]]), ("grouping.cohort", keys["cohort"]))
        if statistic in ("treated", "replaced"):
            topic = Topic(
                "Patients of each cohort", "replacement", "ADSL.USUBJID", output="escalation"
            )
            return Place("dlt.cohorts.treated", topic, statistic, groups)
        return Place("dlt.cohorts", topic, statistic, groups)
    if statistic in ("agreement", "disagreement"):
        topic = Topic(
            "Dose-limiting toxicity, adjudication against definition",
            "definition",
            "ADAE.AEDLTFL",
            "subset.dlt_either",
            EXPLORATORY,
        )
        return Place("dlt.definition", topic, statistic)
    topic = replace(topic, name="Dose-limiting toxicity", method="level_toxicity")
    return _leveled(Place("dlt", topic, statistic), keys["level"], protocol)


def _dose(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    """The recommended dose: its level, and its dose of each drug."""
    drug = {slug(code): code for code in protocol["drugs"]}.get(id.rpartition(".")[2])
    topic = Topic(
        "Recommended dose level", "recommendation", "ADSL.ARMCD", "", PRIMARY, "escalation"
    )
    if drug is None:
        return Place("dlt.rp2d", topic, keys["statistic"])
    topic = replace(topic, name="Recommended dose of each drug", place="ADEX.PLANNED")
    return Place("dlt.rp2d.by_drug", topic, "dose", (("grouping.drug", drug),))


def _exposure(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    drug = {slug(code): code for code in protocol["drugs"]}.get(id.split(".")[1])
    groups = (("grouping.drug", drug),) if drug else ()
    kind = id.split(".")[-2]
    topic = {
        "cycles": Topic("Cycles begun", "median_range", "ADEX.EXCYCLE", "subset.given"),
        "months": Topic("Time on treatment", "median_range", "ADSL.TRTDURD"),
        "reduced": Topic("Dose reduction", "count_percent", "ADEX.REDUCED", "subset.reduced"),
        "intensity": Topic("Relative dose intensity", "median_range", "ADEX.GIVEN"),
    }.get(kind)
    if topic is None:
        return _other(id, keys, row, protocol)
    topic = replace(topic, purpose=SECONDARY, name=f"{topic.name}, by drug" if drug else topic.name)
    return Place(f"exposure.{kind}{'.by_drug' if drug else ''}", topic, keys["statistic"], groups)


def _response(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    population, _, level = row["population"].partition(", ")
    primary = population == protocol["response"]["population"]["value"]
    kind, grouping, value = (
        ("rates", "response_summary", keys["summary"])
        if ("summary" in keys)
        else ("best", "response", keys["category"])
    )
    name = {"rates": "Response rates", "best": "Best confirmed response"}[kind]
    topic = Topic(
        f"{name}, {protocol['populations'][population]['label']}",
        "proportion" if kind == "rates" else "count_percent",
        "ADRS.AVALC",
        "subset.best_response",
        PRIMARY if primary else SECONDARY,
        "response",
    )
    return _leveled(
        Place(
            f"response.{population}.{kind}",
            topic,
            keys["statistic"],
            ((f"grouping.{grouping}", value),),
        ),
        level,
        protocol,
    )


def _agreement(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    topic = Topic(
        "Agreement of investigator's and derived response",
        "agreement",
        "ADRS.AGREEFL",
        "subset.compared",
        EXPLORATORY,
    )
    return Place("response.agreement", topic, keys["statistic"])


def _time(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    """Time to event; estimates at a time are an analysis of their own, by that time."""
    table = keys["table"]
    stem, _, other = table.partition("_")
    rule = (other or protocol["endpoints"]["pfs"]["rule"]).upper()
    parameter = {"pfs": f"pfs_{rule.lower()}", "followup": "os"}.get(stem, stem)
    label = f"{TIMES[stem]}, {rule} rule" if stem == "pfs" else TIMES[stem]
    method = {"ttr": "median_range", "followup": "reverse_kaplan_meier"}.get(stem, "kaplan_meier")
    topic = Topic(
        label,
        method,
        "ADTTE.AVAL",
        f"subset.{parameter}",
        SECONDARY,
        "figure-1" if table == "pfs" else "",
    )
    time = next((part[1:] for part in id.split(".") if part[0] == "m" and part[1:].isdigit()), "")
    if time:
        topic = replace(topic, name=f"{label}, by time", method="survival")
        return Place(f"{table}.by_time", topic, keys["statistic"], (("grouping.months", time),))
    return Place(table, topic, keys["statistic"])


def _adverse_events(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    kind, column = keys["row"], keys["column"]
    groups = {
        "group": (("grouping.ae_group", keys.get("group")),),
        "class": (("grouping.ae_class", keys.get("AEBODSYS")),),
        "term": (
            ("grouping.ae_class", keys.get("AEBODSYS")),
            ("grouping.ae_term", keys.get("AEDECOD")),
        ),
    }.get(kind, ())
    least = protocol["safety"]["grade"]["minimum"]
    rows = {
        "overall": "",
        "group": " by event group",
        "class": " by system organ class",
        "term": " by preferred term",
    }[kind]
    name = f"Adverse events of grade {least} or more{rows}"
    topic = Topic(name, "events", "ADAE.USUBJID", "subset.minimum", SECONDARY, "adverse_events")
    if column == "events":
        topic = replace(topic, name=f"{name}, events", subset="subset.minimum_events")
        return Place(f"ae.{kind}.events", topic, keys["statistic"], groups)
    if column == "total":
        return Place(f"ae.{kind}", topic, keys["statistic"], groups)
    topic = replace(topic, name=f"{name}, by highest grade", method="count_percent")
    return Place(
        f"ae.{kind}.by_grade", topic, keys["statistic"], (*groups, ("grouping.ae_grade", column))
    )


def _safety(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    kind, event = keys["row"], "ADAE.AEDECOD"
    topic = {
        "severe": Topic("Severe adverse events", "count_percent", event, "subset.severe"),
        "serious": Topic("Serious adverse events", "count_percent", event, "subset.serious"),
        "fatal": Topic("Fatal adverse events", "count_percent", event, "subset.fatal"),
        "events": Topic("Treatment-emergent events", "events", event, "subset.events"),
        "most_common": Topic("Most common events", "ranking", event, "subset.minimum"),
    }.get(kind)
    operation = {"events": "events", "most_common": "ranking"}.get(kind, keys.get("statistic"))
    if topic is None and kind in protocol["safety"]["groups"]:
        topic = Topic("Frequency of event groups in words", "frequency", event, "subset.minimum")
        return Place(
            "safety.frequency",
            replace(topic, purpose=SECONDARY),
            "frequency",
            (("grouping.ae_group", kind),),
        )
    if topic is None:
        return _other(id, keys, row, protocol)
    return Place(f"safety.{kind}", replace(topic, purpose=SECONDARY), operation)


def _other(id: str, keys: dict, row: dict, protocol: dict) -> Place:
    stem, _, last = id.rpartition(".")
    operation = {"n": "n", "percent": "percent", "ci": "ci", "median": "median", "range": "range"}
    topic = Topic(f"{row['statistic']}: {id}", "statistic", "")
    if last in operation:
        return Place(stem, replace(topic, name=stem), last)
    return Place(id, topic, "value")


_PLACES = {
    "populations": _populations,
    "disposition": _disposition,
    "baseline": _baseline,
    "escalation": _escalation,
    "exposure": _exposure,
    "response": _response,
    "agreement": _agreement,
    "pfs": _time,
    "os": _time,
    "dor": _time,
    "ttr": _time,
    "followup": _time,
    "ae": _adverse_events,
    "safety": _safety,
}
