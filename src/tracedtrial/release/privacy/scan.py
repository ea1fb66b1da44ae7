"""Finds the identifiers of subjects in texts."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from tracedtrial.release.privacy.dates import dates
from tracedtrial.release.privacy.identifiers import Identifiers

HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−﹣-\ufffe\x02"), "-")  # PDF: U+FFFE, U+0002
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\x00"))
SUBJECT_LABEL = (
    r"(?:subjid|subject|patient|participant|screening)[\s_]*(?:id|identifier|number|"
    r"no|nr)?\W{0,6}"
)
TERM_LABEL = r"(?:aeterm|reported term|verbatim(?: term)?)\W{0,6}"
COUNTED = re.compile(r"\.(?:first_line|last_line|count|patients|n|denominator|id|set): ")
DIGEST = re.compile(r"(?<![a-z0-9])[0-9a-f]{40,128}(?![a-z0-9])")
_WORDS = (
    r"(?:years?|yrs?|median|mean|range|iqr|sd|of|was|is|at|to|from|and|between|text|value|"
    r"bare|old)"
)
_OLD = r"(?<![\w.])(?P<age>9\d|1[01]\d|120)(?!\d|\.\d|\s*%)"
AGES = (
    re.compile(rf"(?<![a-z])age[ds]?(?![a-z])(?:[^a-z\n]|\b{_WORDS}\b){{0,60}}?{_OLD}"),
    re.compile(rf"{_OLD}[\s-]*(?:years?|yrs?|y)[\s-]*(?:old|of\sage|/o\b)"),
)


@dataclass(frozen=True)
class Piece:
    """A text and its place in a file; `table` where its lines may be rows of a table.

    `rows` tells that it is a table of rows by its format alone.
    """

    place: str
    text: str
    table: bool = True
    rows: bool = False


@dataclass(frozen=True)
class Finding:
    """An identifier found: as little of it is shown as tells which one it is."""

    file: str
    place: str
    kind: str
    text: str

    def __str__(self) -> str:
        shown = f" ({masked(self.text)})" if self.text else ""
        return f"{self.file}: {self.place}: {self.kind}{shown}"


def masked(text: str) -> str:
    """Its first and last character, and its length.

    >>> masked("01-003-0017")
    '0...7, 11 characters'
    """
    return f"{text[:1]}...{text[-1:]}, {len(text)} characters"


class Scanner:
    """Looks for one trial's identifiers."""

    def __init__(self, known: Identifiers) -> None:
        self.known = known
        self._clean: set[Piece] = set()

    def findings(self, file: str, pieces: Iterable[Piece]) -> list[Finding]:
        """What the pieces of a file hold, each identifier once at a place."""
        return list(
            dict.fromkeys(finding for piece in pieces for finding in self._findings(file, piece))
        )

    def _findings(self, file: str, piece: Piece) -> list[Finding]:
        """Those of one piece; a text that was clean elsewhere is clean here."""
        unplaced = replace(piece, place="")
        if unplaced in self._clean:
            return []
        text = plain(piece.text)
        found = [
            Finding(file, _placed(piece, text, start), kind, identifier)
            for start, kind, identifier in self.found(text, table=piece.table)
        ]
        found += [Finding(file, piece.place, "row-level record", "")] if piece.rows else []
        if not found:
            self._clean.add(unplaced)
        return found

    def found(self, text: str, *, table: bool) -> Iterator[tuple[int, str, str]]:
        """Where each identifier begins in a plain text, its kind and itself."""
        for kind, pattern in self._patterns.items():
            yield from ((found.start(), kind, found["id"]) for found in pattern.finditer(text))
        yield from (
            (start, "date of a subject", day)
            for start, day in dates(text)
            if day in self.known.dates
            and not _is_in_digest(text, start)
            and not self._is_version(text, start)
        )
        for pattern in AGES:
            yield from (
                (found.start(), "age above 89", found["age"])
                for found in pattern.finditer(text)
                if not _is_count(text, found)
            )
        if table:
            yield from ((start, "row-level record", "") for start in self._headers(text))

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern]:
        """For each kind, one pattern of all its identifiers."""
        subjects = {plain(text) for text in self.known.subjid}
        terms = {plain(text) for text in self.known.terms}
        return {
            kind: re.compile(pattern)
            for kind, pattern in (
                ("USUBJID", _any({plain(text) for text in self.known.usubjid}, "")),
                ("SUBJID", _any(set(filter(_distinctive, subjects)), "")),
                (
                    "labelled SUBJID",
                    _any({s for s in subjects if not _distinctive(s)}, SUBJECT_LABEL),
                ),
                ("free text of a subject", _any(set(filter(_telling, terms)), "")),
                (
                    "labelled free text of a subject",
                    _any({t for t in terms if not _telling(t)}, TERM_LABEL),
                ),
            )
            if pattern
        }

    def _is_version(self, text: str, start: int) -> bool:
        """Whether what begins there is within a package's version, right after its name."""
        begin = max(0, start - 120)
        around, place = text[begin : start + 40], start - begin
        return any(
            found.start("version") <= place < found.end()
            for name, version in self.known.versions
            if version in around
            for found in re.finditer(
                rf"(?<![\w-]){re.escape(plain(name))}\W+"
                rf"(?P<version>{re.escape(version)})(?!\w)",
                around,
            )
        )

    def _headers(self, text: str) -> Iterator[int]:
        """Lines that are the header of a row-level table, whatever separates its cells."""
        sought = [frozenset(map(plain, header)) for header in self.known.headers if len(header) > 1]
        start = 0
        for line in text.splitlines(keepends=True):
            if len(line) < 4000 and any(mark in line for mark in "\t,;|"):
                cells = {cell.strip(" \"'`{}[]:\n\r") for cell in re.split(r"[\t,;|]", line)}
                if any(header <= cells for header in sought):
                    yield start
            start += len(line)


def plain(text: str) -> str:
    """The text with one case and one kind of hyphen, without what is invisible."""
    if text.isascii():
        return text.replace("\0", "").replace("\x02", "-").lower()
    return unicodedata.normalize("NFKC", text.translate(UNSEEN)).translate(HYPHENS).casefold()


def _any(texts: set[str], label: str) -> str:
    """A pattern of any of the texts as a whole token; a line may end at a hyphen or blank."""
    if not texts:
        return ""
    soft = (
        re.escape(text).replace(r"\-", r"-\s*").replace(r"\ ", r"\s+")
        for text in sorted(texts, key=lambda text: (-len(text), text))
    )
    return rf"{label}(?<![a-z0-9])(?P<id>{'|'.join(soft)})(?![a-z0-9])"


_distinctive: Callable[[str], bool] = re.compile(r"(?=.{4,}).*[^0-9].*|\d{6,}", re.S).fullmatch
_telling: Callable[[str], bool] = re.compile(r".{9,}|.+\s.+", re.S).fullmatch


def _is_in_digest(text: str, start: int) -> bool:
    """Whether the place is within a digest in hexadecimal, whose letters may make a month."""
    window = text[max(0, start - 128) : start + 128]
    return any(found.start() <= min(start, 128) < found.end() for found in DIGEST.finditer(window))


def _is_count(text: str, found: re.Match) -> bool:
    """Whether the line of flattened JSON holds a count or a line number, not a value."""
    begin = text.rfind("\n", 0, found.start()) + 1
    return COUNTED.search(text[begin : found.start("age")]) is not None


def _placed(piece: Piece, text: str, start: int) -> str:
    line = text.count("\n", 0, start) + 1
    return f"{piece.place}, line {line}" if piece.place else f"line {line}"
