"""Each published number beside the derived one: `data/published.csv` against the ledger.

The file says, too, at which place of the manuscript's abstract each number stands (`place`, counted
from 1; empty where it does not stand there), so that a variable that was swapped for another is
found even where both print the same text.

A trial whose numbers are not published has no such file. Where tables were reconstructed from
published numbers, that they agree holds by construction, and shows only that the derivation leads
where the reconstruction meant it to.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.checks.abstract import abstract_variables, id_of
from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.paths import LEDGER, MANUSCRIPT, PUBLISHED, REPORTS
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal

NONE = "no published numbers"
COLUMNS = ("row", "place", "what", "id", "printed")


@dataclass(frozen=True)
class Comparison:
    """One published number: its row in the file, its id, both texts."""

    row: str
    what: str
    id: str
    published: str
    derived: str | None

    @property
    def equal(self) -> bool:
        return self.published == self.derived

    def __str__(self) -> str:
        derived = "no such id" if self.derived is None else repr(self.derived)
        sign = "equals" if self.equal else "differs from"
        return f"{self.row:>3}  {self.id}: published {self.published!r} {sign} derived {derived}"


@dataclass(frozen=True)
class Standing:
    """A place of the abstract: the id that must stand there, and the one that does."""

    place: int
    wanted: str | None
    found: str | None

    @property
    def equal(self) -> bool:
        return self.wanted == self.found

    def __str__(self) -> str:
        sign = "stands" if self.equal else "does not stand"
        if self.wanted is None:
            return f"place {self.place}: {self.found} stands where no number is published"
        other = "" if self.equal else f"; {self.found or 'nothing'} does"
        return f"place {self.place}: {self.wanted} {sign} there{other}"


def comparisons(published: Path, numbers: dict[str, dict]) -> list[Comparison]:
    """Every row of the file of published numbers, compared as printed texts; none without a file.

    Raises
    ------
    Refusal
        The file cannot be read, or lacks one of the columns row, place, what, id, printed.
    """
    if not published.exists():
        return []
    return [
        Comparison(
            entry["row"],
            entry["what"],
            entry["id"],
            entry["printed"],
            numbers.get(entry["id"], {}).get("text"),
        )
        for entry in _entries(published)
    ]


def standings(published: Path, manuscript: Path, numbers: dict[str, dict]) -> list[Standing]:
    """Every place of the abstract, with the id that the file wants and the one that stands there.

    None without a published number.

    Raises
    ------
    Refusal
        As `comparisons`; the manuscript cannot be read; or a place is no number or given twice.
    """
    entries = _entries(published) if published.exists() else []
    if not entries:
        return []
    wanted: dict[int, str] = {}
    for entry in entries:
        text = entry["place"]
        if text and (not text.isdecimal() or int(text) in wanted):
            raise Refusal(
                f"place must be a number, given once, but got {text!r} ({published}, {entry['id']})"
            )
        if text:
            wanted[int(text)] = entry["id"]
    names = abstract_variables(manuscript)
    found = {place: id_of(name, numbers) for place, name in enumerate(names, 1)}
    return [
        Standing(place, wanted.get(place), found.get(place)) for place in sorted({*wanted, *found})
    ]


def _entries(published: Path) -> list[dict[str, str]]:
    try:
        with open(published, encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise Refusal(f"{published} must have the columns {', '.join(COLUMNS)}")
            return list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{published} must be readable CSV in UTF-8: {error}") from None


def report(compared: list[Comparison], standing: list[Standing]) -> str:
    """All comparisons and the abstract's places, a line each, and their counts."""
    if not compared:
        return NONE
    differ = sum(not comparison.equal for comparison in compared)
    moved = sum(not each.equal for each in standing)
    return "\n".join(
        [
            *map(str, compared),
            *map(str, standing),
            f"{len(compared)} published numbers, {differ} differ; "
            f"{len(standing)} places of the abstract, {moved} differ",
        ]
    )


def crosschecked(root: Path) -> tuple[bool, str]:
    """Whether text and place of every published number hold in the trial in `root`; the report.

    Raises
    ------
    Refusal
        As `standings`; or the ledger cannot be read.
    """
    numbers = read_ledger(root / LEDGER)["numbers"]
    compared = comparisons(root / PUBLISHED, numbers)
    standing = standings(root / PUBLISHED, root / MANUSCRIPT, numbers)
    return all(each.equal for each in (*compared, *standing)), report(compared, standing)


@command
def main() -> None:
    """Write the comparison to build/audit: within a build it reports, and the build stands."""
    _, text = crosschecked(Path())
    write_text(REPORTS / "crosscheck.txt", text + "\n")
    print(text.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
