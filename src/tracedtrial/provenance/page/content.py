"""What a page holds: the text, the checks, the numbers and, on the auditor's page, the rows."""

import csv
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.analyses.declared.file import declared_entries
from tracedtrial.checks.verify.built import Built
from tracedtrial.inputs.queries.listing import BUILD, LIST
from tracedtrial.paths import CODE, LEDGER, RENDERED
from tracedtrial.provenance.page.certificates import certificates
from tracedtrial.provenance.page.checks import Outcome, outcomes
from tracedtrial.provenance.page.code import sources
from tracedtrial.provenance.page.live import with_live_displays
from tracedtrial.provenance.page.populations import populations, protocol_entries
from tracedtrial.provenance.page.rows import raw_rows, record_sets
from tracedtrial.provenance.page.text import Text, text
from tracedtrial.provenance.telling import ROLE_MEANS
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal


@dataclass(frozen=True)
class Content:
    """One page. `rows` is None on the public page, whose sets name no record.

    `queries` are the rows that the edit checks found, none on the public page.
    """

    text: Text
    reconstructed: bool
    checks: list[Outcome]
    ledger: dict
    rows: dict | None
    queries: list[dict[str, str]]


def content(built: Built, *, with_rows: bool) -> Content:
    """The content of a page from the files of a build.

    Raises
    ------
    Refusal
        A file is missing, or belongs to another build.
    """
    ledger = read_ledger(built.root / LEDGER)
    numbers, protocol = ledger["numbers"], built.protocol
    sets = record_sets(built.root, numbers, with_members=with_rows)
    functions = sources(numbers, CODE)
    made = {
        "trial": ledger["trial"],
        "inputs": ledger["inputs"],
        "roles": ROLE_MEANS,
        "numbers": certificates(numbers, protocol, list(sets), list(functions)),
        "sets": list(sets.values()),
        "functions": list(functions.values()),
        "populations": populations(protocol),
        "sections": protocol_entries(protocol, declared_entries(built.root), numbers),
    }
    rows = raw_rows(built.root, ledger["inputs"]) if with_rows else None
    return Content(
        text(with_live_displays(built, built.root / RENDERED["html"]), built),
        ledger["reconstructed"],
        outcomes(built.root),
        made,
        rows,
        _queries(built.root) if with_rows else [],
    )


def _queries(root: Path) -> list[dict[str, str]]:
    """The list of queries, a finding a row."""
    file = root / BUILD / LIST
    if not file.is_file():
        raise Refusal(f"{BUILD / LIST} must be a file of the build; run the build first")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
