"""Response criteria, each a named object; the protocol chooses one by name."""

from collections.abc import Iterator

from tracedtrial.datasets.criteria import imwg, recist
from tracedtrial.datasets.criteria.criteria import Criteria
from tracedtrial.paths import PROTOCOL
from tracedtrial.refusal import refusal

CRITERIA = {own.name: own for own in (imwg.CRITERIA, recist.CRITERIA)}


def response_criteria(protocol: dict) -> Criteria:
    """The criteria named in the protocol.

    Raises
    ------
    Refusal
        The name is unknown, or the protocol asks for a category that the criteria do not have,
        lacks a rule or a test that they need, or has one that is not theirs.
    """
    name = protocol["response"]["criteria"]["value"]
    if name not in CRITERIA:
        raise refusal("response.criteria", f"be {' or '.join(CRITERIA)}", name, str(PROTOCOL))
    for place, rule, value in _misfits(protocol, CRITERIA[name]):
        raise refusal(place, rule, value, str(PROTOCOL))
    return CRITERIA[name]


def _misfits(protocol: dict, criteria: Criteria) -> Iterator[tuple[str, str, object]]:
    for entry in protocol["response"]["summaries"]:
        category = entry.get("at_least", entry.get("equal"))
        if category not in criteria.ranks:
            place = f"response.summaries.{entry['id']}"
            yield place, f"name a category of {criteria.name}", category
    every = {rule for known in CRITERIA.values() for rule in known.rules}
    for rule in sorted(every):
        if (rule in protocol["response"]) != (rule in criteria.rules):
            words = "be given" if rule in criteria.rules else "be left out"
            yield f"response.{rule}", f"{words} for {criteria.name}", protocol["response"].get(rule)
    known = [entry.get("test") for entry in protocol["baseline"]["characteristics"]]
    if criteria.measurable and criteria.measurable not in known:
        yield "baseline.characteristics", f"have the test {criteria.measurable}", known
    tests = protocol.get("laboratory", {}).get("tests", {})
    if "lb" in criteria.asks.tables and not tests:
        yield "laboratory", f"be given for {criteria.name}", None
    for test, unit in criteria.units.items():
        if test in tests and tests[test].get("unit") != unit:
            yield f"laboratory.tests.{test}.unit", f"be {unit}", tests[test].get("unit")
