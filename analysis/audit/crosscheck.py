"""Each published number beside the derived one: `data/published.csv` against the ledger.

A trial whose numbers are not published has no such file. Where tables were reconstructed from
published numbers, that they agree holds by construction, and shows only that the derivation leads
where the reconstruction meant it to.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from analysis.files import write_text
from analysis.ledger import read_ledger
from analysis.refusal import Refusal, one_line

PUBLISHED = Path("data/published.csv")
NONE = "no published numbers"
COLUMNS = ("row", "what", "id", "printed")


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


def comparisons(published: Path, numbers: dict[str, dict]) -> list[Comparison]:
    """Every row of the file of published numbers, compared as printed texts; none without a file.

    Raises
    ------
    Refusal
        The file cannot be read, or lacks one of the columns row, what, id, printed.
    """
    if not published.exists():
        return []
    try:
        with open(published, encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise Refusal(f"{published} must have the columns {', '.join(COLUMNS)}")
            return [Comparison(entry["row"], entry["what"], entry["id"], entry["printed"],
                               numbers.get(entry["id"], {}).get("text")) for entry in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{published} must be readable CSV in UTF-8: {error}") from None


def report(compared: list[Comparison]) -> str:
    """All comparisons, a line each, and their count."""
    if not compared:
        return NONE
    differ = sum(not comparison.equal for comparison in compared)
    return "\n".join([*map(str, compared), f"{len(compared)} published numbers, {differ} differ"])


@one_line()
def main() -> None:
    """Write the comparison to build/audit: within a build it reports, and the build stands."""
    try:
        compared = comparisons(PUBLISHED, read_ledger()["numbers"])
    except Refusal as refusal:
        sys.exit(str(refusal))
    write_text(Path("build/audit/crosscheck.txt"), report(compared) + "\n")
    print(report(compared).splitlines()[-1])


if __name__ == "__main__":
    main()
