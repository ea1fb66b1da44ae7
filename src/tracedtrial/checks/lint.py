"""Numerals typed into the manuscript's source, unknown variables, nouns apart from their numbers,
and abuse of declared terms.

A numeral of the manuscript is a variable of the ledger, a declared term, a citation or a
cross-reference. `python -m tracedtrial.checks.lint` checks the trial of the working folder.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from html import unescape
from pathlib import Path

from tracedtrial.checks.nouns import misplaced_nouns
from tracedtrial.checks.numerals import Numeral, numerals
from tracedtrial.checks.recommended import unestimable_dose
from tracedtrial.checks.suggestions import Suggestions
from tracedtrial.checks.terms import TERMS, Term, read_terms, term_faults, term_spans
from tracedtrial.checks.typed import MARKUP, NOTHING, SHORTCODE, parsed_text, typed, values
from tracedtrial.checks.variables import variables
from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import MANUSCRIPT, REPORTS
from tracedtrial.record.ledger.making import made_ledger
from tracedtrial.refusal import Refusal
from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.source import Source, source

GENERATED = ("_provenance.md",)
UNLINKED = ("title", "subtitle", "short-title", "author", "keywords", "fig-alt")


@dataclass(frozen=True, order=True)
class Finding:
    """Something that the source may not hold: where it stands and what to write."""

    file: str
    line: int
    column: int
    token: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True)
class Lint:
    """What the lint found, and the variables and terms that the manuscript uses."""

    findings: list[Finding]
    variables: set[str]
    terms: set[str]

    def __str__(self) -> str:
        return (
            f"{len(self.findings)} numerals typed; {len(self.variables)} variables, "
            f"{len(self.terms)} terms used"
        )


def findings(manuscript: Path, ledger: dict, terms: Sequence[Term]) -> list[Finding]:
    """Every fault of the manuscript's source and of the list of terms, in order of place."""
    return lint(manuscript, ledger, terms).findings


def lint(manuscript: Path, ledger: dict, terms: Sequence[Term]) -> Lint:
    """The manuscript read against the ledger and the declared terms.

    Raises
    ------
    Refusal
        The manuscript cannot be read, or uses what no renderer supports.
    """
    try:
        read = source(manuscript, without=GENERATED)
    except RenderError as error:
        raise Refusal(str(error)) from None
    known = variables(ledger["numbers"])
    shown = typed(read)
    found, used = _typed_numerals(
        read, shown, terms, Suggestions(read.text, known, ledger["numbers"])
    )
    found += [*_unplaced(read, shown), *_shortcode_findings(read, known)]
    found += [
        _finding(read, noun.start, noun.name, str(noun))
        for noun in misplaced_nouns(read.text, known)
    ]
    texts = {text for _, text in known.values()}
    place = (manuscript.parent / TERMS.name).as_posix()
    found += [
        Finding(place, term.line, term.column, term.text, f"term '{term.text}' {fault}")
        for term, fault in term_faults(terms, texts, used)
    ]
    names = {name for kind, name in SHORTCODE.findall(read.text) if kind == "var"}
    return Lint(sorted(set(found)), names, used)


def _typed_numerals(
    read: Source, shown: str, terms: Sequence[Term], suggestions: Suggestions
) -> tuple[list[Finding], set[str]]:
    """Findings for numerals outside declared terms, and the terms that held one."""
    allowed = term_spans(MARKUP.sub(NOTHING, shown), [term.text for term in terms])
    found, used = [], set()
    for numeral in _numerals(shown):
        term = next(
            (term for start, end, term in allowed if start <= numeral.start and numeral.end <= end),
            None,
        )
        if term:
            used.add(term)
        else:
            advice = suggestions.advice(numeral.start, numeral.end)
            token = read.text[numeral.start : numeral.end]
            found.append(
                _finding(read, numeral.start, token, f"numeral {_quoted(token)} is typed; {advice}")
            )
    return found, used


def _numerals(shown: str) -> list[Numeral]:
    """Numerals of the text as it is, and without marks of emphasis; of two the longer."""
    both = numerals(shown) + numerals(MARKUP.sub(NOTHING, shown))
    kept: list[Numeral] = []
    for numeral in sorted(both, key=lambda each: (each.start, -each.end)):
        if not kept or numeral.start >= kept[-1].end:
            kept.append(numeral)
        elif numeral.end > kept[-1].end:
            kept[-1] = numeral
    return kept


def _unplaced(read: Source, shown: str) -> Iterator[Finding]:
    """Numerals that pandoc reads as text and the blanked source does not show."""
    surplus = _atoms(numerals(parsed_text(read))) - _atoms(_numerals(shown))
    entities = [
        found.start()
        for found in re.finditer(r"&#?\w+;", read.text)
        if numerals(unescape(found[0]))
    ]
    for atom in surplus:
        whole = re.compile(rf"(?<!\d){atom}(?!\d)", re.IGNORECASE)
        blanked = [
            found.start() for found in whole.finditer(read.text) if shown[found.start()] == NOTHING
        ]
        yield _finding(
            read, (entities or blanked or [0])[0], atom, f"numeral '{atom}' is typed in disguise"
        )


def _atoms(found: Sequence[Numeral]) -> Counter[str]:
    return Counter(atom for numeral in found for atom in re.findall(r"\d+|[a-z]+", numeral.plain))


def _shortcode_findings(read: Source, known: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    texts = values(read)
    for found in SHORTCODE.finditer(read.text):
        kind, name = found.groups()
        if kind == "var" and name not in known:
            close = get_close_matches(name, known, n=3, cutoff=0.4)
            nearest = f"; nearest: {', '.join(close)}" if close else ""
            yield _finding(
                read, found.start(), name, f"variable '{name}' is not in the ledger{nearest}"
            )
        key = next((value.key for value in texts if value.start <= found.start() < value.end), "")
        if kind == "var" and key in UNLINKED:
            yield _finding(
                read,
                found.start(),
                name,
                f"variable '{name}' stands in {key}, which carries no number",
            )
        if kind == "include" and name not in GENERATED:
            yield _finding(
                read,
                found.start(),
                name,
                f"include '{name}' is not read by the lint; write its text here",
            )


def _finding(read: Source, place: int, token: str, message: str) -> Finding:
    line = read.text.count("\n", 0, place) + 1
    column = place - read.text.rfind("\n", 0, place)
    return Finding(read.path.as_posix(), line, column, token, message)


def _quoted(token: str) -> str:
    shown = " ".join(token.split())
    return f"'{shown}'" if shown.isprintable() else ascii(shown)


def linted() -> bool:
    """Write the report to build/audit, or print the findings."""
    ledger = made_ledger(Path())
    result = lint(MANUSCRIPT, ledger, read_terms())
    unestimable = unestimable_dose(MANUSCRIPT, ledger["numbers"], read_protocol())
    found = [*result.findings, *filter(None, [unestimable])]
    if found:
        print(*found, sep="\n", file=sys.stderr)
        return False
    write_text(REPORTS / "lint.txt", f"{result}\n")
    return True


main = command(linted)

if __name__ == "__main__":
    sys.exit(main())
