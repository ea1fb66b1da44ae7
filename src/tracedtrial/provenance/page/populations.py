"""Populations by the protocol's rules in words, and the entries that asked for numbers."""

from collections.abc import Iterator, Mapping

import yaml


def populations(protocol: dict) -> dict[str, dict]:
    """Name -> label, rule in words, source and reason; dose levels within them beside."""
    made = {
        name: {"label": entry["label"], "rule": _rule(protocol, entry), **_declared(entry)}
        for name, entry in protocol["populations"].items()
    }
    levels = {
        code.lower(): {
            "label": entry["label"],
            "rule": f"assigned to {entry['label']}",
            **_declared(entry),
        }
        for code, entry in protocol["dose_levels"].items()
    }
    return levels | made


def _declared(entry: Mapping) -> dict:
    return {name: entry[name] for name in ("source", "why") if name in entry}


def _rule(protocol: dict, entry: Mapping) -> str:
    """The criteria of a population as one sentence without its stop."""
    criteria = "; and ".join(
        _criterion(protocol, kind, asked)
        for criterion in entry["all"]
        for kind, asked in criterion.items()
    )
    of = protocol["populations"][entry["of"]]["label"] if "of" in entry else "patients"
    return f"{of} who {criteria}"


def _criterion(protocol: dict, kind: str, asked: object) -> str:
    window, share = protocol["dlt"]["window"]["days"], protocol["dlt"]["required_dose"]["fraction"]
    expansion = protocol["escalation"]["expansion_cohort"]["value"]
    return {
        "assigned": "were assigned to a dose level",
        "doses": f"have at least {asked} record" + "s" * (asked != 1) + " of a dose given",
        "dlt_window": f"had a dose-limiting toxicity within {window} days of the first dose, or "
        f"completed them with at least {share[0]}/{share[1]} of each planned dose",
        "escalation_cohort": "belong to a cohort of the dose escalation",
        "expansion_cohort": f"belong to the cohort {expansion}",
        "response_assessments": f"had a baseline and at least {asked} later visit"
        + "s" * (asked != 1)
        + " at which response could be assessed",
        "where": f"have {asked}",
        "recommended_level": "were assigned to the dose level that "
        + (
            "the protocol declares as recommended"
            if "recommended" in protocol["escalation"]
            else "the escalation rule recommended"
        ),
    }[kind]


def protocol_entries(
    protocol: dict, declared: Mapping[str, object], numbers: Mapping[str, dict]
) -> dict[str, str]:
    """Section -> its entry as YAML, for each that asked for a number.

    `declared` are the entries of the analyses file by id.
    """
    asked = dict.fromkeys(row["section"] for row in numbers.values() if row["section"])
    own = {f"analyses.{id}": entry for id, entry in declared.items()}
    return dict(_entries(protocol, asked)) | {
        section: _yaml(own[section]) for section in asked if section in own
    }


def _yaml(entry: object) -> str:
    return yaml.safe_dump(entry, allow_unicode=True, sort_keys=False, width=72)


def _entries(protocol: dict, asked: Mapping[str, None]) -> Iterator[tuple[str, str]]:
    for section in asked:
        entry = _entry(protocol, section)
        if entry is not None:
            yield section, _yaml(entry)


def _entry(node: object, path: str) -> object:
    """What stands at a dotted path; a member of a list goes by its id. None: nothing there."""
    for key in path.split("."):
        if isinstance(node, list):
            node = next((each for each in node if each.get("id") == key), None)
        else:
            node = node.get(key) if isinstance(node, dict) else None
    return node
