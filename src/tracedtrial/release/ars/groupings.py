"""Grouping factors: what subdivides patients or records, from the protocol where it says so."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tracedtrial.analyses.patients import MISSING
from tracedtrial.displays.wording import slug
from tracedtrial.release.ars.clauses import Expression, condition, either, every, where

PRIOR = "PRIOR ANTI-CANCER THERAPY"
Groups = tuple[tuple[str, str, Expression | None], ...]


@dataclass(frozen=True)
class Grouping:
    """A factor: `place` is its dataset and variable, `groups` (value, label, criterion).

    A data-driven one has no groups: its results name the value that the data hold.
    """

    id: str
    name: str
    place: str = ""
    groups: Groups = field(default=())
    data_driven: bool = False


def group_id(grouping: str, value: str) -> str:
    """The id of a predefined group.

    Examples
    --------
    >>> group_id("grouping.level", "LOW")
    'group.level.low'
    """
    return f"group.{grouping.removeprefix('grouping.')}.{slug(value)}"


def groupings(protocol: dict, used: dict[str, list[str]]) -> list[dict]:
    """The factors that results use; `used` maps a factor's id to the values of its results."""
    known = {made.id: made for made in _known(protocol, used)}
    return [_written(known[id]) for id in known if id in used]


def data_driven(grouping: str) -> bool:
    """Whether the results of this factor name values of the data instead of groups."""
    return grouping in ("grouping.ae_class", "grouping.ae_term")


def _written(grouping: Grouping) -> dict:
    made: dict = {"id": grouping.id, "name": grouping.name, "dataDriven": grouping.data_driven}
    if grouping.place:
        made["groupingDataset"], made["groupingVariable"] = grouping.place.split(".")
    if grouping.groups:
        made["groups"] = [
            {
                "id": group_id(grouping.id, value),
                "name": value,
                "label": label,
                "level": 1,
                "order": order,
            }
            | (where(expression) if expression else {})
            for order, (value, label, expression) in enumerate(grouping.groups, 1)
        ]
    return made


def _known(protocol: dict, used: dict[str, list[str]]) -> Iterator[Grouping]:
    levels, drugs = protocol["dose_levels"].items(), protocol["drugs"].items()
    yield Grouping(
        "grouping.level",
        "Dose level",
        "ADSL.ARMCD",
        _equal("ADSL.ARMCD", ((code, entry["label"]) for code, entry in levels)),
    )
    yield Grouping(
        "grouping.cohort",
        "Cohort, in the order treated at its dose level",
        "",
        tuple((value, f"Cohort {value}", None) for value in used.get("grouping.cohort", [])),
    )
    yield Grouping(
        "grouping.drug",
        "Drug",
        "ADEX.EXTRT",
        _equal("ADEX.EXTRT", ((code, entry["label"]) for code, entry in drugs)),
    )
    yield from _baseline(protocol["baseline"], used)
    yield Grouping(
        "grouping.reason",
        "Reason for the end of treatment",
        "DS.DSDECOD",
        _equal("DS.DSDECOD", ((v, v.capitalize()) for v in used.get("grouping.reason", []))),
    )
    yield from _response(protocol)
    yield from _events(protocol["safety"]["groups"], used.get("grouping.ae_grade", []))
    yield Grouping(
        "grouping.months",
        "Time in months",
        "",
        tuple((value, f"{value} months", None) for value in used.get("grouping.months", [])),
    )


def _baseline(baseline: dict, used: dict[str, list[str]]) -> Iterator[Grouping]:
    """The characteristics with categories, and the drugs to which patients are refractory."""
    for entry in baseline["characteristics"]:
        place, id = (
            f"ADSL.{entry.get('column', entry.get('test'))}",
            f"grouping.{slug(entry['id'])}",
        )
        groups = _equal(place, entry.get("levels", {}).items())
        if MISSING in used.get(id, []):
            groups += ((MISSING, "Missing", condition(place, "EQ", "")),)
        if groups:
            yield Grouping(id, entry["label"], place, groups)
    yield Grouping(
        "grouping.refractory",
        "Refractory to",
        "",
        tuple(
            (
                entry["id"],
                entry["label"],
                every(
                    condition("CM.CMCAT", "EQ", PRIOR),
                    condition("CM.CMDECOD", "IN", *entry["drugs"]),
                    condition("CM.CMREFRFL", "EQ", "Y"),
                ),
            )
            for entry in baseline.get("refractory", [])
        ),
    )


def _response(protocol: dict) -> Iterator[Grouping]:
    """Categories of response, and the protocol's summaries of them."""
    from tracedtrial.datasets import response_criteria

    criteria, summaries = response_criteria(protocol), protocol["response"]["summaries"]
    ranks = list(criteria.ranks)
    yield Grouping(
        "grouping.response",
        "Best confirmed response",
        "ADRS.AVALC",
        _equal("ADRS.AVALC", criteria.categories.items()),
    )
    asked = {
        entry["id"]: [entry["equal"]]
        if "equal" in entry
        else ranks[: ranks.index(entry["at_least"]) + 1]
        for entry in summaries
    }
    yield Grouping(
        "grouping.response_summary",
        "Summary of best confirmed response",
        "",
        tuple(
            (entry["id"], entry["label"], condition("ADRS.AVALC", "IN", *asked[entry["id"]]))
            for entry in summaries
        ),
    )


def _events(groups: dict[str, dict], grades: list[str]) -> Iterator[Grouping]:
    """Adverse events: the protocol's groups, class, term, and highest grade within the row."""
    yield Grouping(
        "grouping.ae_group",
        "Event group",
        "",
        tuple((name, entry["label"], _in_group(entry)) for name, entry in groups.items()),
    )
    yield Grouping("grouping.ae_class", "System organ class", "ADAE.AEBODSYS", data_driven=True)
    yield Grouping("grouping.ae_term", "Preferred term", "ADAE.AEDECOD", data_driven=True)
    yield Grouping(
        "grouping.ae_grade",
        "A patient's highest grade within the row",
        "ADAE.AETOXGR",
        _equal("ADAE.AETOXGR", ((grade, f"Grade {grade}") for grade in grades)),
    )


def _in_group(entry: dict) -> Expression:
    parts = [
        condition(place, "IN", *entry[name])
        for name, place in (("terms", "ADAE.AEDECOD"), ("classes", "ADAE.AEBODSYS"))
        if name in entry
    ]
    return parts[0] if len(parts) == 1 else either(*parts)


def _equal(place: str, values: object) -> Groups:
    return tuple((value, label, condition(place, "EQ", value)) for value, label in values)
