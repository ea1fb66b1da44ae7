"""The account of a rendered file: counts of its numerals by class, and what does not hold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tracedtrial.checks.numerals import numerals
from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.rendered import Part

LEDGER, PROVENANCE, TERMS, STRUCTURAL = CLASSES = ("ledger", "provenance", "terms", "structural")
ORPHANS = "orphans"
AROUND = 30  # characters of context to either side


@dataclass(frozen=True)
class Finding:
    """A numeral that is not what the build computed: place, token and what is wrong with it."""

    place: str
    token: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True)
class Span:
    """A stretch of a part's text whose numerals are of a class; of none if it is a fault."""

    start: int
    end: int
    kind: str


@dataclass
class Account:
    """Counts by class, what was shown of ledger and tables, references to displays, findings."""

    path: str
    built: Built
    counts: Counter[str] = field(default_factory=Counter)
    shown: Counter[tuple[str, str]] = field(default_factory=Counter)
    tables: set[str] = field(default_factory=set)
    references: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def fault(self, place: str, token: str, message: str) -> None:
        """Record what does not hold: the file, the place in it, and the numeral or display."""
        where = f"{self.path}, {place}" if place else self.path
        self.findings.append(Finding(where, token, message))

    def orphan(self, part: Part, span: tuple[int, int], why: str) -> None:
        """Record a numeral of a part, with its context."""
        start, end = span
        token = " ".join(part.text[start:end].split())
        context = " ".join(part.text[max(0, start - AROUND) : end + AROUND].split())
        self.fault(part.place(start), token, f"'{token}' {why}: \u2026{context}\u2026")
        self.counts[ORPHANS] += 1

    def classify(self, part: Part, spans: Sequence[Span]) -> None:
        """Count the numerals of the part that lie in spans; the others are orphans."""
        for numeral in numerals(part.text):
            within = [
                span for span in spans if span.start < numeral.end and numeral.start < span.end
            ]
            self.counts.update({span.kind for span in within} - {""})
            if any(
                part.text[place].isalnum()
                and not any(span.start <= place < span.end for span in within)
                for place in range(numeral.start, numeral.end)
            ):
                self.orphan(part, (numeral.start, numeral.end), "is accounted for by nothing")


def report(account: Account) -> str:
    """The counts in one line."""
    counts = account.counts
    classes = ", ".join(f"{counts[kind]} {kind}" for kind in (*CLASSES, ORPHANS))
    return f"{sum(counts.values())} numerals: {classes}"
