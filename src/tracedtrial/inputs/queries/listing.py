"""The list of findings, its report, and the one line that every build prints.

The list names subjects: it stays with the auditor. The report holds counts only.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial import spreadsheet

if TYPE_CHECKING:
    from tracedtrial.inputs.queries.asking import Finding, Questioned

LIST, REPORT = Path("audit/queries.csv"), Path("audit/queries.txt")
BUILD = Path("build")
COLUMNS = ("check", "table", "record", "USUBJID", "what", "value", "rule", "status", "why")
OPEN = "open"


def written(asked: "Questioned", folder: Path = BUILD) -> dict[Path, str]:
    """List and report of what the checks found, by the files they belong in."""
    return {folder / LIST: listed(asked.findings), folder / REPORT: report(asked)}


def listed(findings: Iterable["Finding"]) -> str:
    """One row a finding, as CSV for a spreadsheet."""
    return spreadsheet.table(
        [
            COLUMNS,
            *(
                (
                    f.check.id,
                    f.table,
                    f.key,
                    f.subject,
                    f.check.what,
                    f.value,
                    f.check.rule,
                    f.status,
                    f.why,
                )
                for f in findings
            ),
        ]
    )


def told(finding: "Finding") -> str:
    """A finding in a line: check, record, column, value, status."""
    return (
        f"{finding.check.id}: {finding.key}: {finding.check.what} {finding.value}, {finding.status}"
    )


def report(asked: "Questioned") -> str:
    """A line for each check that found something, and the counts; no subject."""
    lines = [_line(list(own)) for _, own in groupby(asked.findings, lambda f: f.check.id)]
    return "\n".join([*lines, f"{asked.checks} checks asked", _count(asked.findings)]) + "\n"


def _line(own: list["Finding"]) -> str:
    tables = ", ".join(dict.fromkeys(finding.table for finding in own))
    why = f": {own[0].why}" if own[0].why else ""
    return (
        f"{own[0].check.id}: {own[0].check.rule} {len(own)} row{'s' * (len(own) != 1)} of "
        f"{tables} {'do' if len(own) != 1 else 'does'} otherwise, {own[0].status}{why}"
    )


def _count(findings: Iterable["Finding"]) -> str:
    statuses = [finding.status == OPEN for finding in findings]
    still = sum(statuses)
    return (
        f"{still} open {'query' if still == 1 else 'queries'} ({BUILD / LIST}), "
        f"{len(statuses) - still} accepted"
    )


def say_count(folder: Path = BUILD) -> None:
    """Print the count of queries that the build in `folder` has written."""
    if (folder / REPORT).is_file():
        print((folder / REPORT).read_text(encoding="utf-8").splitlines()[-1])
