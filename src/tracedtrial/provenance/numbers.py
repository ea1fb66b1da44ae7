"""Find a number: by id, by words of what it is, or by what it prints.

It reads the last computed numbers, whatever lint or a later check says of the manuscript.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tracedtrial.paths import LEDGER, NUMBERS
from tracedtrial.refusal import Refusal

COMPUTED = ("data", "protocol")
SAID = ("label", "summary", "category", "characteristic", "value", "AEDECOD", "AEBODSYS", "reason")


@dataclass(frozen=True)
class Found:
    """A number as the list shows it; `of` is n/N, empty where it has none."""

    id: str
    text: str
    label: str
    population: str
    groups: str
    of: str

    def line(self, widths: tuple[int, int]) -> str:
        """One line: id, text, n/N, label, population, groups."""
        parts = (self.label, self.population, self.groups)
        return (
            f"{self.id:<{widths[0]}}  {self.text:<{widths[1]}}  {self.of:<8}"
            f"{'; '.join(filter(None, parts))}"
        ).rstrip()


def read_numbers(root: Path = Path()) -> dict[str, dict]:
    """Ledger rows by id: of data and protocol as last computed, of other sources from the ledger.

    Raises
    ------
    Refusal
        There is no build.
    """
    computed, ledger = _rows(root / NUMBERS), _rows(root / LEDGER)
    if not computed:
        raise Refusal(f"{NUMBERS} must be there; run the build first")
    return computed | {id: row for id, row in ledger.items() if row["source"] not in COMPUTED}


def _rows(path: Path) -> dict[str, dict]:
    """The rows of a file by id; none where it is not there."""
    return json.loads(path.read_text(encoding="utf-8"))["numbers"] if path.is_file() else {}


def found_numbers(pattern: str, numbers: Mapping[str, Mapping]) -> Iterator[Found]:
    """The numbers that a pattern finds, in the ledger's order; all of them where it is empty.

    An id is found by any part of it, or by a pattern with `*`; a label by all of the words; a
    printed text by itself.
    """
    words = pattern.lower().split()
    for id, row in numbers.items():
        shown = _shown(id, row)
        said = f"{shown.label} {shown.population} {shown.groups} {row['statistic']}".lower()
        if (
            not pattern
            or row["text"] == pattern
            or pattern in id
            or fnmatchcase(id, pattern)
            or (words and all(word in said for word in words))
        ):
            yield shown


def _shown(id: str, row: Mapping) -> Found:
    keys = row["keys"]
    label = ", ".join(dict.fromkeys(str(keys[key]) for key in SAID if keys.get(key)))
    groups = [
        f"{key.removeprefix('group ')} {value}"
        for key, value in keys.items()
        if key.startswith("group ") and not key.startswith("group label ")
    ]
    counted = row["n"] is not None and row["denominator"] is not None
    of = f"{row['n']}/{row['denominator']}" if counted else ""
    statistic = row["statistic"]
    told = f"{label}: {statistic}" if label else statistic
    return Found(id, row["text"], told, row["population"], ", ".join(groups), of)


def listing(found: list[Found]) -> str:
    """The numbers, a line each, in columns."""
    widths = (
        max((len(one.id) for one in found), default=0),
        min(24, max((len(one.text) for one in found), default=0)),
    )
    return "\n".join(one.line(widths) for one in found)


def as_json(found: list[Found]) -> str:
    return json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False)
