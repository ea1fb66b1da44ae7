"""The words that tables have in common: levels and doses, and what abbreviations mean."""

import re

from tracedtrial.displays.printed import Numbers, Printed, capitalised, joined

ABBREVIATIONS = {
    "CI": "confidence interval",
    "CTCAE": "Common Terminology Criteria for Adverse Events",
    "DLT": "dose-limiting toxicity",
    "ECOG": "Eastern Cooperative Oncology Group",
    "MedDRA": "Medical Dictionary for Regulatory Activities",
    "NE": "not estimable",
}
ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b|\bMedDRA\b")


def slug(code: str) -> str:
    """A code as it stands in an id: lower case, with underscores for all but letters and digits.

    >>> slug("NOT DONE")
    'not_done'
    """
    return re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_") or "empty"


def level_label(protocol: dict, level: str) -> Printed:
    """The dose level's name in the protocol."""
    return Printed(protocol["dose_levels"][level]["label"], origin=f"dose_levels.{level}.label")


def size(label: Printed, count: Printed) -> Printed:
    """A column's head, with the number of patients under it."""
    return capitalised(label) + " (n = " + count + ")"


def doses(numbers: Numbers, protocol: dict, level: str) -> Printed:
    """The level and the dose of each drug at it: `dose level 1: a 3 mg, b 4 mg`."""
    each = [
        Printed(entry["label"], origin=f"drugs.{drug}.label")
        + " "
        + numbers[f"dose.{slug(level)}.{slug(drug)}"]
        for drug, entry in protocol["drugs"].items()
    ]
    return level_label(protocol, level) + ": " + joined(each, ", ")


def dose_note(numbers: Numbers, protocol: dict) -> Printed:
    """The doses of all levels, in rising order."""
    levels = [doses(numbers, protocol, level) for level in protocol["dose_levels"]]
    return capitalised(joined(levels, "; ")) + "."


def abbreviation_note(texts: list[list[str]]) -> Printed:
    """What the abbreviations among these texts mean, in order of the alphabet."""
    words = {word for row in texts for text in row for word in re.findall(ABBREVIATION, text)}
    known = [f"{short}, {ABBREVIATIONS[short]}" for short in sorted(words & set(ABBREVIATIONS))]
    return Printed("; ".join(known) + "." if known else "")
