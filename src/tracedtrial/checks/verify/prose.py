"""Numerals of running text, of provenance entries and of the reference list."""

from collections.abc import Iterator

from tracedtrial.checks.numerals import numerals
from tracedtrial.checks.terms import term_spans
from tracedtrial.checks.verify.account import LEDGER, PROVENANCE, STRUCTURAL, TERMS, Account, Span
from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.entries import fields, tip_fields
from tracedtrial.checks.verify.pieces import compact, found_in, stands
from tracedtrial.checks.verify.references import nearest
from tracedtrial.checks.verify.rendered import DISPLAY, LINK, NUMBER, Claim, Part

BETWEEN = ";\u2014 "  # what parts the fields of an entry


def prose(part: Part, account: Account) -> None:
    """Running text, headings, captions, running lines."""
    account.classify(part, [*claimed_spans(part, account), *_people_spans(part, account.built)])


def entry(part: Part, account: Account) -> None:
    """A provenance entry, field by field against its ledger row."""
    _fields(part, fields(part.key, account.built.numbers[part.key]), account)


def tip(part: Part, account: Account) -> None:
    """What is shown at a number under the pointer: fields of its ledger row."""
    row = account.built.numbers.get(part.key)
    _fields(part, tip_fields(part.key, row) if row else [], account)


def copy(part: Part, account: Account) -> None:
    """An attribute that repeats what is printed beside it; it is counted there."""
    if compact(part.text) != compact(part.key):
        account.orphan(part, (0, len(part.text)), f"must be '{part.key}', which it repeats")


def _fields(part: Part, texts: list[str], account: Account) -> None:
    """The texts of a row in their order, citations left aside."""
    spans = list(claimed_spans(part, account))
    text = part.text
    for claim in part.claims:
        if claim.kind == "citation":
            text = text[: claim.start] + " " * (claim.end - claim.start) + text[claim.end :]
    for wanted, stand in zip(texts, stands(text, texts), strict=True):
        spans.append(Span(stand.start, stand.end, PROVENANCE if stand.equal else ""))
        if not stand.equal:
            account.orphan(
                part,
                (stand.start, stand.end),
                (f"stands at {part.key} for '{wanted.strip(BETWEEN)}'"),
            )
    account.classify(part, spans)


def reference(part: Part, account: Account) -> None:
    """An entry of the reference list: its number, and the text that the bibliography gives."""
    spans = list(claimed_spans(part, account))
    start = max((claim.end for claim in part.claims if claim.kind == "reference number"), default=0)
    while start < len(part.text) and part.text[start] in ". \t\n":
        start += 1
    words = nearest(part.text[start:], account.built.works).split()
    for word, stand in zip(words, stands(part.text, words, start), strict=True):
        if stand.equal:
            spans.append(Span(stand.start, stand.end, STRUCTURAL))
        elif numerals(part.text[stand.start : stand.end] + word):
            spans.append(Span(stand.start, stand.end, ""))
            account.orphan(
                part, (stand.start, stand.end), f"stands in reference {part.key} for '{word}'"
            )
    account.classify(part, spans)


def claimed_spans(part: Part, account: Account) -> Iterator[Span]:
    """Spans of the links, counters and declared terms of a part."""
    for claim in part.claims:
        if claim.kind != LINK:
            yield Span(claim.start, claim.end, _class(part, claim, account))
    for start, end, _ in term_spans(part.text, account.built.terms):
        yield Span(start, end, TERMS)


def _class(part: Part, claim: Claim, account: Account) -> str:
    """The class of what a claim covers; empty, with a finding, if it is not as claimed."""
    text = part.text[claim.start : claim.end]
    if claim.kind == DISPLAY:
        account.references.append((compact(text), part.place(claim.start)))
        return STRUCTURAL
    if claim.kind != NUMBER:
        why = f"must be '{claim.key}', as its {claim.kind} says"
        return (
            STRUCTURAL
            if compact(text) == compact(claim.key)
            else _orphan(part, claim, account, why)
        )
    if account.built.prints(claim.key, text):
        account.shown[claim.key, compact(text)] += 1
        return LEDGER
    row = account.built.numbers.get(claim.key)
    leads = f"{claim.key}, which prints '{row['text']}'" if row else "no entry of the ledger"
    return _orphan(part, claim, account, f"is linked to {leads}")


def _orphan(part: Part, claim: Claim, account: Account, why: str) -> str:
    account.orphan(part, (claim.start, claim.end), why)
    return ""


def _people_spans(part: Part, built: Built) -> Iterator[Span]:
    """Marks of affiliations: right after an author's name, or right before an affiliation's."""
    for name, marks in built.authors:
        found = found_in(part.text, name + marks) if marks else None
        if found:
            yield Span(found[1] - len(marks), found[1], STRUCTURAL)
    for mark, name in built.affiliations:
        found = found_in(part.text, mark + name)
        if found:
            yield Span(found[0], found[0] + len(mark), STRUCTURAL)
