"""Numbers that must agree with each other, whatever the data: checked on every build.

Each rule looks at ledger rows alone and says what does not agree, one line a finding. No number is
computed anew here: what a share is of, what adds up to what, what lies within what.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import permutations
from math import isclose

from tracedtrial.checks.forms import form_faults
from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import NUMBERS, REPORTS
from tracedtrial.record.ledger import read_ledger

REPORT = REPORTS / "coherence.txt"
NOT_ESTIMABLE = "NE"
COUNTED = ("patients", "patients with a DLT")
ESTIMATED = ("percentage", "median", "survival")
_NUMERAL = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
_TEXTS = {
    "patients": _NUMERAL,
    "patients at risk": _NUMERAL,
    "patients with a DLT": r"\d+/\d+|NE",
    "percentage": rf"(?:{_NUMERAL})%|NE",
    "median": rf"(?:{_NUMERAL})%?|NE",
    "survival": rf"(?:{_NUMERAL})%|NE",
    "range": rf"(?:{_NUMERAL})–(?:{_NUMERAL})%?|NE",
    "confidence interval": rf"(?:{_NUMERAL}|NE)–(?:{_NUMERAL}|NE)%?|NE",
}
Numbers = Mapping[str, Mapping]
Sum = tuple[str, int, list[str]]  # a whole, its number, and the ids of its parts
Pair = tuple[str, str]  # the ids of a subset and of its set
Rule = Callable[[Numbers, Mapping], Iterator[str]]


def incoherences(ledger: Mapping, protocol: Mapping) -> list[str]:
    """What in the ledger does not agree with the rest of it, a line each; none where all does."""
    numbers = ledger["numbers"]
    return [finding for rule in RULES for finding in rule(numbers, protocol)]


def differing_recommendation(numbers: Numbers, protocol: Mapping) -> list[str]:
    """DLT-10: a declared recommended level that is not the rule's; a finding that stops nothing."""
    rule, declared = numbers.get("dlt.rule.level"), numbers.get("dlt.rp2d.level")
    if rule is None or rule["keys"]["level"] == declared["keys"]["level"]:
        return []
    source = protocol["escalation"]["recommended"]["source"]
    return [
        f"dlt.rp2d.level: {declared['text']} is declared as recommended ({source}), but the "
        f"{protocol['escalation']['rule']['value']} rule gives {rule['text']} (dlt.rule.level)"
    ]


def numerators(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """n is at most the denominator, and neither is below 0."""
    for id, row in _of(numbers):
        n, total = row["n"], row["denominator"]
        if n is not None and total is not None and not 0 <= n <= total:
            yield f"{id}: {n} of {total}"


def percentages(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """A percentage is that of its n and denominator, and its count has the same two."""
    for id, row in _of(numbers, statistic="percentage"):
        n, total, text = row["n"], row["denominator"], row["text"]
        share = Fraction(100 * n, total) if total else None
        if (
            text != NOT_ESTIMABLE
            if share is None
            else not (
                _rounds(share, text.removesuffix("%"))
                and isclose(row["value"] or 0, share, rel_tol=1e-11)
            )
        ):
            yield f"{id}: {text} is not {n}/{total}"
        count = numbers.get(id.removesuffix("percent") + "n")
        if count and (count["n"], count["denominator"]) != (n, total):
            yield f"{id}: of {n}/{total}, but its count of {count['n']}/{count['denominator']}"


def values(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """The text has its statistic's form and is the value, rounded; a count is its n."""
    for id, row in numbers.items():
        form = _TEXTS.get(row["statistic"])
        if not row["text"].strip() or form and not re.fullmatch(form, row["text"]):
            yield f"{id}: {row['text']!r} is no text of {row['statistic']}"
        elif not _tells(row):
            yield f"{id}: {row['text']!r} is not the value, {row['value']}"
        elif row["statistic"] in COUNTED and row["value"] not in (None, row["n"]):
            yield f"{id}: value {row['value']}, but n {row['n']}"


def forms(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """Each row has the other forms of its text, and they are that text."""
    for id, row in numbers.items():
        yield from (f"{id}: {fault}" for fault in form_faults(row))


def totals(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """Parts that make up a whole add up to it."""
    sums = (
        *_response_totals(numbers, protocol),
        *_event_totals(numbers),
        *_level_totals(numbers),
        *_other_totals(numbers),
    )
    for whole, expected, parts in sums:
        total = sum(numbers[part]["n"] or 0 for part in parts)
        if total != expected:
            yield f"{whole}: {expected}, but its {len(parts)} parts add up to {total}"


def characteristics(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """A characteristic's categories, or known values, and the missing add up to the population."""
    held: dict[tuple, list[str]] = defaultdict(list)
    for id, row in _of(numbers, table="baseline"):
        name = row["keys"]["characteristic"]
        if row["statistic"] in ("patients", "median") and name not in ("refractory", "lines"):
            held[row["keys"]["level"], name].append(id)
    for (level, name), ids in held.items():
        total, size = sum(numbers[id]["n"] for id in ids), numbers[ids[0]]["denominator"]
        if total != size:
            yield f"baseline, {level}, {name}: {total} patients with a value or without, of {size}"


def intervals(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """An interval, and a range, contains what it is of; its ends are in order."""
    for id, row in _of(numbers):
        if row["statistic"] not in ("confidence interval", "range") or row["value"] is None:
            continue
        stem = id.removesuffix("range")
        estimates = [
            numbers[other]["value"]
            for other in (*row["parents"], f"{stem}median", f"{stem}median.months")
            if numbers.get(other, {}).get("statistic") in ESTIMATED
        ]
        ends = [end for end in (row["value"][0], *estimates, row["value"][1]) if end is not None]
        if ends != sorted(ends):
            yield f"{id}: {row['text']} does not contain {', '.join(map(str, estimates))}"


def subsets(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """A subset is not larger than its set."""
    pairs = (
        *_nested_populations(numbers, protocol),
        *_nested_summaries(numbers, protocol),
        *_nested_events(numbers),
        *_nested_times(numbers),
    )
    for part, whole in pairs:
        if part in numbers and whole in numbers:
            inner, outer = numbers[part]["n"], numbers[whole]["n"]
            if inner > outer:
                yield f"{part}: {inner}, but only {outer} of {whole}, which contains it"


def records(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """A count has as many patients in its records as it counts, and its population as many as N.

    Absence carries nobody: not being assessable, or not having ended treatment, has no record.
    """
    last = _ranks(protocol)[-1]
    for id, row in _of(numbers):
        if row["statistic"] not in COUNTED:
            continue
        n, total, keys = row["n"], row["denominator"], row["keys"]
        supported, members = (
            row["records"].get(role, {}).get("patients", 0) for role in ("supports", "population")
        )
        absence = keys.get("category") == last or id == "disposition.ongoing.n"
        size = keys.get("table") == "populations" or keys.get("statistic") in ("size", "treated")
        if members != total:
            yield f"{id}: {members} patients in the records of a population of {total}"
        if not size and supported != n and not (absence and supported == 0):
            yield f"{id}: {supported} patients in the records that support {n}"
        if size and n != total:
            yield f"{id}: {n} of {total}, which are the same patients"


def identities(numbers: Numbers, protocol: Mapping) -> Iterator[str]:
    """One statistic has one id, and no id is the beginning of another."""
    named: dict[tuple, list[str]] = defaultdict(list)
    for id, row in numbers.items():
        if row["keys"]:
            named[row["population"], *sorted(row["keys"].items())].append(id)
    for ids in named.values():
        if len(ids) > 1:
            yield f"{ids[0]}: the same keys and population as {', '.join(ids[1:])}"
    for id in numbers:
        yield from (
            f"{id[:end]}: the beginning of {id}"
            for end, letter in enumerate(id)
            if letter == "." and id[:end] in numbers
        )


RULES: tuple[Rule, ...] = (
    numerators,
    percentages,
    values,
    forms,
    totals,
    characteristics,
    intervals,
    subsets,
    records,
    identities,
)


def _of(numbers: Numbers, *, statistic: str = "", table: str = "") -> Iterator[tuple[str, Mapping]]:
    """Rows of the trial's data, of one statistic or table."""
    for id, row in numbers.items():
        if (
            row["source"] == "data"
            and statistic in ("", row["statistic"])
            and table in ("", row["keys"].get("table"))
        ):
            yield id, row


def _rounds(value: Fraction, text: str) -> bool:
    """Whether `text` is `value` to the decimals that it prints."""
    plain = text.replace(",", "")
    return bool(re.fullmatch(r"\d+(?:\.\d+)?", plain)) and abs(Fraction(plain) - value) <= Fraction(
        1, 2 * 10 ** len(plain.partition(".")[2])
    )


def _tells(row: Mapping) -> bool:
    """Whether the text is the value; doses, days and names listed are looked for in order."""
    value, text = row["value"], row["text"]
    if value in (None, [None, None]):
        return text == NOT_ESTIMABLE
    if isinstance(value, str):
        return text == value or row["statistic"] == "protocol value"
    if isinstance(value, list) and "–" not in text:
        told = (" in ".join(map(str, each)) if isinstance(each, list) else each for each in value)
        in_order = ".*".join(re.escape(str(each)) for each in told) or "^none$"
        return bool(re.search(in_order, text) or value and text == f"{value[0]} to {value[-1]}")
    given = value if isinstance(value, list) else [value]
    parts = re.sub(r"%$| \w+$", "", text).split("–")
    return len(given) == len(parts) and all(
        part == NOT_ESTIMABLE if each is None else _rounds(Fraction(repr(each)), part.split("/")[0])
        for each, part in zip(given, parts)
    )


def _ranks(protocol: Mapping) -> tuple[str, ...]:
    from tracedtrial.datasets import response_criteria

    return response_criteria(protocol).ranks


def _categories(entry: Mapping, ranks: tuple[str, ...]) -> set[str]:
    """The categories that a response summary takes in."""
    if "equal" in entry:
        return {entry["equal"]}
    return set(ranks[: ranks.index(entry["at_least"]) + 1])


def _response_totals(numbers: Numbers, protocol: Mapping) -> Iterator[Sum]:
    """Categories make up the column's patients, and each summary is made up of its own."""
    ranks, summaries = _ranks(protocol), protocol["response"]["summaries"]
    single = {entry["id"]: entry["equal"] for entry in summaries if "equal" in entry}
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for id, row in _of(numbers, statistic="patients", table="response"):
        keys = row["keys"]
        category = keys.get("category", single.get(keys.get("summary")))
        if category:
            columns[keys["column"]][category] = id
    for column, ids in columns.items():
        size = numbers[next(iter(ids.values()))]["denominator"]
        yield f"response.{column}", size, list(ids.values())
        for entry in summaries:
            whole = f"response.{column}.{entry['id']}.n"
            parts = [ids[category] for category in _categories(entry, ranks) if category in ids]
            if whole in numbers and "at_least" in entry:
                yield whole, numbers[whole]["n"], parts


def _event_totals(numbers: Numbers) -> Iterator[Sum]:
    """Grades make up a line's patients; terms make up the events of their class, classes all."""
    grades: dict[str, list[str]] = defaultdict(list)
    events: dict[tuple, list[str]] = defaultdict(list)
    for id, row in _of(numbers, table="ae"):
        keys = row["keys"]
        if keys["statistic"] == "n" and keys["column"] != "total":
            grades[id.rsplit(".", 2)[0]].append(id)
        elif keys["statistic"] == "events":
            events[keys["row"], keys.get("AEBODSYS") if keys["row"] == "term" else None].append(id)
    for line, ids in grades.items():
        yield f"{line}.total.n", numbers.get(f"{line}.total.n", {}).get("n"), ids
    for whole in events["overall", None]:
        yield whole, numbers[whole]["n"], events["class", None]
    for whole in events["class", None]:
        yield whole, numbers[whole]["n"], events["term", numbers[whole]["keys"]["AEBODSYS"]]


def _level_totals(numbers: Numbers) -> Iterator[Sum]:
    """The dose levels of a population, written `treated, LEVEL`, make up the population."""
    wholes: dict[tuple, str] = {}
    parts: dict[tuple, list[str]] = defaultdict(list)
    for id, row in _of(numbers, statistic="patients"):
        name, _, level = row["population"].partition(", ")
        key = (
            name,
            frozenset(
                row["keys"].items()
                - {(place, row["keys"].get(place)) for place in ("level", "column")}
            ),
        )
        if level:
            parts[key].append(id)
        else:
            wholes[key] = id
    return (
        (wholes[key], numbers[wholes[key]]["n"], ids) for key, ids in parts.items() if key in wholes
    )


def _other_totals(numbers: Numbers) -> Iterator[Sum]:
    """Cohorts make up a level, agreement and its contrary the events, reasons the treated."""
    cohorts: dict[tuple, list[str]] = defaultdict(list)
    for id, row in _of(numbers, table="escalation"):
        if "cohort" in row["keys"]:
            cohorts[row["keys"]["level"], row["keys"]["statistic"]].append(id)
    for id, row in _of(numbers, table="escalation", statistic="patients with a DLT"):
        if "cohort" not in row["keys"]:
            yield id, row["n"], cohorts[row["keys"]["level"], "n"]
            yield id, row["denominator"], cohorts[row["keys"]["level"], "size"]
    compared = [id for id in ("dlt.agreement.n", "dlt.disagreement.n") if id in numbers]
    ended = [
        id
        for id, row in _of(numbers, table="disposition", statistic="patients")
        if "reason" in row["keys"] or id == "disposition.ongoing.n"
    ]
    yield from ((ids[0], numbers[ids[0]]["denominator"], ids) for ids in (compared, ended) if ids)
    reasons = [id for id in ended if id != "disposition.ongoing.n"]
    yield "disposition.off.n", numbers["disposition.off.n"]["n"], reasons


def _nested_populations(numbers: Numbers, protocol: Mapping) -> Iterator[Pair]:
    """Populations, and the responses in them."""
    for name, rule in protocol["populations"].items():
        inner, outer = f"response.{name}.", f"response.{rule.get('of')}."
        yield f"population.{name}.n", f"population.{rule.get('of')}.n"
        yield from (
            (id, outer + id.removeprefix(inner))
            for id in numbers
            if id.startswith(inner) and id.endswith(".n")
        )


def _nested_summaries(numbers: Numbers, protocol: Mapping) -> Iterator[Pair]:
    """A summary in one of more categories, column by column."""
    ranks = _ranks(protocol)
    columns = sorted({row["keys"].get("column", "") for _, row in _of(numbers, table="response")})
    for part, whole in permutations(protocol["response"]["summaries"], 2):
        if _categories(part, ranks) < _categories(whole, ranks):
            yield from (
                (f"response.{column}.{part['id']}.n", f"response.{column}.{whole['id']}.n")
                for column in columns
            )


def _nested_events(numbers: Numbers) -> Iterator[Pair]:
    """Patients of a term in its class, of a line in all lines; as many events as patients."""
    classes = {
        row["keys"]["AEBODSYS"]: id
        for id, row in _of(numbers, table="ae")
        if row["keys"]["row"] == "class" and id.endswith(".total.n")
    }
    for id, row in _of(numbers, table="ae", statistic="patients"):
        if row["keys"]["column"] == "total":
            yield id, "ae.overall.total.n"
            yield id, id.removesuffix("n") + "events"
            if row["keys"]["row"] == "term":
                yield id, classes.get(row["keys"]["AEBODSYS"], "")


def _nested_times(numbers: Numbers) -> Iterator[Pair]:
    """At risk later, at risk earlier; deaths soon after treatment, deaths."""
    curves: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for id, row in _of(numbers, statistic="patients at risk"):
        curves[id.rpartition(".")[0]].append((float(row["keys"]["months"]), id))
    for at_risk in map(sorted, curves.values()):
        yield from ((later, earlier) for (_, earlier), (_, later) in zip(at_risk, at_risk[1:]))
    yield "disposition.deaths_on_study.n", "disposition.deaths.n"


def reported() -> bool:
    """Write build/audit/coherence.txt; whether there are no incoherences."""
    ledger, protocol = read_ledger(NUMBERS), read_protocol()
    found = incoherences(ledger, protocol)
    noted = differing_recommendation(ledger["numbers"], protocol)
    text = "\n".join([*found, *noted, _counted(len(ledger["numbers"]), len(found), len(noted))])
    write_text(REPORT, text + "\n")
    print(text)
    return not found


def _counted(numbers: int, found: int, noted: int) -> str:
    """The last line of the report; a finding that stops nothing is counted where there is one."""
    counts = f"{numbers} numbers, {found} incoherences"
    return f"{counts}, {noted} finding" if noted else counts


main = command(reported)

if __name__ == "__main__":
    sys.exit(main())
