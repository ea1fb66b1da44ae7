"""All checks with their outcome, as each wrote it into build/audit, and how to run it again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.checks import crosscheck, rederive
from tracedtrial.inputs import data_lock
from tracedtrial.paths import FORMATS, REPORTS
from tracedtrial.refusal import Refusal, refusal

HOLDS, FINDINGS, NOT_RUN = "holds", "findings", "not run"


@dataclass(frozen=True)
class Check:
    """A check; `findings` finds their number in its outcome file, which is written only where the
    check holds if it states none. One that runs on demand may have no file. `nothing` is the line
    with which it says that there is nothing to check.
    """

    name: str
    asks: str
    command: str
    file: str
    findings: str
    on_demand: bool = False
    nothing: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a check: a word, the line that says so, and the whole file."""

    check: Check
    word: str
    line: str = ""
    told: str = ""

    @property
    def draft(self) -> bool:
        """Whether the data are others than those locked, so that every page is a draft."""
        return self.line == data_lock.DRAFT


def _verification(called: str, kind: str) -> Check:
    return Check(
        f"Verification, {called}",
        f"Is every numeral of the {called} a ledger number at "
        "its place, a declared term, or structure?",
        f"audit verify build/manuscript.{kind}",
        f"verify-{kind}.txt",
        r"(\d+) orphans",
    )


CHECKS = (
    Check(
        "Lint",
        "Is any numeral typed into the manuscript's source?",
        "audit lint",
        "lint.txt",
        r"^(\d+) numerals typed",
    ),
    Check(
        "Coherence",
        "Do the numbers agree with each other: sums, subsets, intervals?",
        "audit coherence",
        "coherence.txt",
        r"(\d+) incoherences",
    ),
    Check(
        "Queries",
        "Does a row break an edit check? An open query changes no number; what a check "
        "refuses has stopped the build, unless the protocol accepts it.",
        "audit queries",
        "queries.txt",
        r"^(\d+) open quer(?:y|ies)",
    ),
    Check(
        "Data lock",
        "Are the raw tables those that the protocol's data lock names?",
        "audit lock",
        "lock.txt",
        "",
        nothing=data_lock.NONE,
    ),
    *(_verification(called, suffix) for suffix, called in FORMATS.items()),
    Check(
        "Cross-check",
        "Does each published number equal the derived one? The reconstructed data "
        "make it so by construction.",
        "audit crosscheck",
        "crosscheck.txt",
        r", (\d+) differ$",
        nothing=crosscheck.NONE,
    ),
    Check(
        "Second derivation",
        "Does an independent derivation in SQL from the raw tables give the same numbers?",
        "audit rederive",
        "rederive.txt",
        r", (\d+) differ$",
        nothing=rederive.NONE,
    ),
    Check(
        "Ledger",
        "Do raw tables, protocol and manuscript give the same ledger again, field by field?",
        "audit ledger",
        "ledger.txt",
        r", (\d+) differences$",
    ),
    Check(
        "Row lineage",
        "Does a number move if, and only if, a row that it names is changed? "
        "Tried by mutation on a sample.",
        "audit lineage --all --sample 200",
        "lineage.txt",
        r"(\d+) violations",
        on_demand=True,
    ),
    Check(
        "Reproducibility",
        "Do two clean builds under other circumstances give the same bytes? "
        "This page is among the files compared, so it cannot hold the outcome.",
        "make reproduce",
        "",
        "",
        on_demand=True,
    ),
    Check(
        "Privacy",
        "Does any public output name a subject, or hold a subject's date, free text or "
        "row? The public page is among the files searched, so it cannot hold the outcome.",
        "audit privacy",
        "",
        "",
        on_demand=True,
    ),
    Check(
        "Journal limits",
        "Does the manuscript keep the journal's limits?",
        "python -m tracedtrial.release.submission.profile",
        "journal.txt",
        "",
    ),
)


def outcomes(root: Path) -> list[Outcome]:
    """The outcome of every check in the trial's folder.

    Raises
    ------
    Refusal
        A check of every build has no outcome file, or a file does not say what was found.
    """
    return [_outcome(check, root) for check in CHECKS]


def _outcome(check: Check, root: Path) -> Outcome:
    path = root / REPORTS / check.file
    if check.on_demand and not path.is_file():
        return Outcome(check, NOT_RUN)
    try:
        told = path.read_text(encoding="utf-8").rstrip("\n")
    except OSError:
        raise Refusal(
            f"{REPORTS / check.file} must be a file of the build; run the build first"
        ) from None
    first = told.partition("\n")[0]
    if check.nothing and first == check.nothing:
        return Outcome(check, NOT_RUN, first, told)
    if not check.findings:
        return Outcome(check, FINDINGS if first == data_lock.DRAFT else HOLDS, first, told)
    line, count = _counted(check, told)
    return Outcome(check, FINDINGS if count else HOLDS, line, told)


def _counted(check: Check, told: str) -> tuple[str, int]:
    """The lines that say how many findings there are, and how many in all."""
    found = list(_matches(check, told))
    if not found:
        raise refusal(
            "outcome", "say how many findings there are", told[-80:], str(REPORTS / check.file)
        )
    return "; ".join(line for line, _ in found), sum(count for _, count in found)


def _matches(check: Check, told: str) -> Iterator[tuple[str, int]]:
    for line in told.splitlines():
        match = re.search(check.findings, line)
        if match:
            yield line, int(match[1])
