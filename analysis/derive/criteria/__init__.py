"""Response criteria, each a named object; the protocol chooses one by name."""

from collections.abc import Iterator

from analysis.derive.criteria import imwg
from analysis.refusal import refusal

CRITERIA = {imwg.CRITERIA.name: imwg.CRITERIA}


def response_criteria(protocol: dict) -> imwg.Criteria:
    """The criteria named in the protocol.

    Raises
    ------
    Refusal
        The name is unknown, or the protocol asks for a category that the criteria do not have,
        lacks their test of measurable disease, or reports a test in another unit than theirs.
    """
    name = protocol["response"]["criteria"]["value"]
    if name not in CRITERIA:
        raise refusal("response.criteria", f"be {' or '.join(CRITERIA)}", name, "protocol.yaml")
    for place, rule, value in _misfits(protocol, CRITERIA[name]):
        raise refusal(place, rule, value, "protocol.yaml")
    return CRITERIA[name]


def _misfits(protocol: dict, criteria: imwg.Criteria) -> Iterator[tuple[str, str, object]]:
    for entry in protocol["response"]["summaries"]:
        category = entry.get("at_least", entry.get("equal"))
        if category not in criteria.ranks:
            place = f"response.summaries.{entry['id']}"
            yield place, f"name a category of {criteria.name}", category
    known = [entry.get("test") for entry in protocol["baseline"]["characteristics"]]
    if criteria.measurable not in known:
        yield "baseline.characteristics", f"have the test {criteria.measurable}", known
    tests = protocol["laboratory"]["tests"]
    for test, unit in criteria.units.items():
        if test in tests and tests[test].get("unit") != unit:
            yield f"laboratory.tests.{test}.unit", f"be {unit}", tests[test].get("unit")
