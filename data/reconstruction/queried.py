"""Cells that a data manager would send back: put in on purpose, with no effect on any number."""

from __future__ import annotations

from dataclasses import dataclass

from .plan import STUDY

Row = dict[str, str]


@dataclass(frozen=True)
class Slip:
    """A cell with what a site entered instead: the row by its subject and some of its cells."""

    domain: str
    subject: str
    cells: tuple[tuple[str, str], ...]
    column: str
    entered: str

    def meets(self, row: Row) -> bool:
        return row["USUBJID"] == f"{STUDY}-{self.subject}" and all(
            row[name] == text for name, text in self.cells
        )


SLIPS = (
    # Related to study drug, though it began before the first dose.
    Slip(
        "ae",
        "004-004",
        (("AEDECOD", "Constipation"), ("AEACN", "NOT APPLICABLE")),
        "AEREL",
        "RELATED",
    ),
    # Not recovered, though it ended.
    Slip(
        "ae",
        "004-005",
        (("AEDECOD", "Fatigue"), ("AEACN", "NOT APPLICABLE")),
        "AEOUT",
        "NOT RECOVERED/NOT RESOLVED",
    ),
    # Hemoglobin in g/L under the unit g/dL.
    Slip("lb", "003-007", (("LBTESTCD", "HGB"), ("VISITNUM", "3")), "LBSTRESN", "118"),
    # Cytogenetics dated after the first dose, on the day of the report.
    Slip("sc", "001-012", (("SCTESTCD", "GAIN1Q"),), "SCDTC", "2016-01-25"),
)


def with_slips(tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The tables with every slip.

    Raises ValueError where a slip does not meet exactly one row, or changes nothing.
    """
    for slip in SLIPS:
        found = [row for row in tables[slip.domain] if slip.meets(row)]
        if len(found) != 1 or found[0][slip.column] == slip.entered:
            raise ValueError(f"{slip} must change one row, but meets {found}")
        found[0][slip.column] = slip.entered
    return tables
