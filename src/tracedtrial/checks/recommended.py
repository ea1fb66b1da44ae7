"""A recommended dose that is not estimable, in a manuscript that prints it or rests on it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tracedtrial.checks.typed import SHORTCODE
from tracedtrial.checks.variables import variables

LEVEL, DOSES = "dlt.rp2d.level", "dlt.rp2d."
TABLE = re.compile(r"""^[ \t]*table\(["']([a-z_]+)["']\)""", re.MULTILINE)


def unestimable_dose(manuscript: Path, numbers: Mapping[str, dict], protocol: dict) -> str:
    """One line where the recommended level is NE (DLT-9) and the manuscript needs it, else "".

    A manuscript needs it that prints the level or a dose of it, a number of a population that
    rests on it, or a table that holds one of these.
    """
    if numbers.get(LEVEL, {"value": ""})["value"] is not None:
        return ""
    text = manuscript.read_text(encoding="utf-8")
    uses = sorted(_uses(text, numbers, protocol))
    if not uses:
        return ""
    start, first = uses[0]
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    places = f"{len(uses)} place" + "s" * (len(uses) > 1)
    return (
        f"{manuscript.as_posix()}:{line}:{column}: {LEVEL} is NE, as the "
        f"{protocol['escalation']['rule']['value']} rule recommends no level"
        f"{_tallies(numbers, protocol)} and analysis/protocol.yaml declares none "
        f"(escalation.recommended), but the manuscript rests on it in {places}, "
        f"first with '{first}'"
    )


def resting_populations(protocol: dict) -> set[str]:
    """The populations that the recommended level narrows, and those within them."""
    resting: set[str] = set()
    for name, rule in protocol["populations"].items():
        if {"recommended_level": True} in rule["all"] or rule.get("of") in resting:
            resting.add(name)
    return resting


def _uses(text: str, numbers: Mapping[str, dict], protocol: dict) -> Iterator[tuple[int, str]]:
    """Place and name of each variable and table of the manuscript that needs the level."""
    known, resting = variables(numbers), resting_populations(protocol)
    for found in SHORTCODE.finditer(text):
        kind, name = found.groups()
        id = known[name][0] if kind == "var" and name in known else ""
        population = numbers.get(id, {}).get("population") or ""
        if id.startswith(DOSES) or population.partition(", ")[0] in resting:
            yield found.start(), name
    asked = {"escalation"}
    if protocol["response"]["population"]["value"] in resting:
        asked.add("response")
    yield from (
        (found.start(), found[0].strip()) for found in TABLE.finditer(text) if found[1] in asked
    )


def _tallies(numbers: Mapping[str, dict], protocol: dict) -> str:
    """The patients with a DLT at each level that was opened, in brackets."""
    from tracedtrial.displays.wording import slug

    rows = [(level, numbers.get(f"dlt.{slug(level)}.total.n")) for level in protocol["dose_levels"]]
    told = [f"{level} {row['text']}" for level, row in rows if row]
    return f" ({', '.join(told)})" if told else ""
