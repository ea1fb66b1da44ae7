"""The other forms of a printed text, expected from the ledger row alone, and what is amiss in it.

In words, without the sign of a percentage, with what is counted: the words and nouns are this
module's own, not those with which the forms were made.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracedtrial.checks.numerals import TEENS, TENS, UNITS

Row = Mapping[str, Any]  # of the ledger, as its JSON holds it
NOT_ESTIMABLE = "NE"
NOUNS = {
    "patients": "patient",
    "events": "event",
    "visits": "visit",
    "cycles": "cycle",
    "lines": "line",
    "days": "day",
}
DERIVED = ("data", "protocol")
PAIRS = ("range", "confidence interval")
SPELLED = [
    *("zero", "one", *UNITS, *TEENS),
    *(ten + unit for ten in TENS for unit in ("", "-one", *(f"-{unit}" for unit in UNITS))),
]


def form_faults(row: Row) -> Iterator[str]:
    """What is amiss in the forms of a ledger row: one that is absent, is wrong, or may not be.

    Examples
    --------
    >>> row = {"text": "1", "value": 1, "source": "data", "statistic": "patients", "unit": ""}
    >>> print(*form_faults(row | {"forms": {"words": "one", "noun": "patients"}}), sep="; ")
    'patients' is no form of '1'; form Words, 'One', is absent; form counted, '1 patient', is absent
    """
    forms = row["forms"]
    right = _sign(row) | _words(row) | _noun(row)
    if "words" in forms:
        right["Words"] = forms["words"][:1].upper() + forms["words"][1:]
    for name, form in forms.items():
        if form != right.get(name, form if name == "words" and _is_pair(row) else None):
            yield f"{form!r} is no form of {row['text']!r}"
    yield from (
        f"form {name}, {form!r}, is absent" for name, form in right.items() if name not in forms
    )


def _sign(row: Row) -> dict[str, str]:
    """A percentage, not a pair of them, without its sign."""
    asked = row["source"] in DERIVED and row["unit"] == "%" and row["statistic"] not in PAIRS
    return {"bare": row["text"].removesuffix("%")} if asked else {}


def _words(row: Row) -> dict[str, str]:
    """A count up to ninety-nine in words; doses and percentages have none."""
    value = row["value"]
    if not _is_count(row) or value is not None and not 0 <= value < len(SPELLED):
        return {}
    words = NOT_ESTIMABLE if value is None else SPELLED[value]
    return {"words": words, "Words": words[:1].upper() + words[1:]}


def _noun(row: Row) -> dict[str, str]:
    """The noun of what is counted or measured, singular beside 1, and the text with it."""
    plural = row["unit"] or row["statistic"]
    number = _is_count(row) or row["statistic"] == "median" and not _is_pair(row)
    if row["source"] not in DERIVED or plural not in NOUNS or not number:
        return {}
    noun = NOUNS[plural] if row["text"] == "1" else plural
    return {"noun": noun, "counted": f"{row['text']} {noun}"}


def _is_count(row: Row) -> bool:
    """A whole number of what is counted, or one that is not estimable."""
    if row["source"] not in DERIVED:
        return False
    if row["value"] is None:
        return str(row["statistic"]).startswith("patients")
    plain = bool(re.fullmatch(r"[\d,]+(?:/\d+)?", row["text"]))
    return isinstance(row["value"], int) and plain


def _is_pair(row: Row) -> bool:
    return isinstance(row["value"], list)
