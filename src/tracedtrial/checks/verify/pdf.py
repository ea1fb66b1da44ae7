"""Reads a PDF back: lines in reading order, what each link leads to, what each heading counts.

Structure comes from the outline, from links and their destinations, from what stands at the same
place of every page, and from what begins at the margin. Tags are not needed.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.pdf_lines import Annotation, Line, annotations, page_lines
from tracedtrial.checks.verify.pdf_picture import same_picture
from tracedtrial.checks.verify.rendered import DISPLAY, LINK, NUMBER, Claim, Part, Rendered
from tracedtrial.checks.verify.targets import heading_numbers
from tracedtrial.refusal import Refusal

_NUMBERED = re.compile(r"(\d+(?:\.\d+)*)\s")
_CAPTION = re.compile(r"(Table|Figure)\s(S?\d+)[.:]")
_REFERENCE_TO_DISPLAY = re.compile(r"(?:Table|Figure)\sS?\d+")
_REFERENCE = re.compile(r"(\d+)\.\s")
_PAGE_NUMBER = re.compile(r"\d+$")
LEDGER = "ledger.json"


def read(path: Path, built: Built) -> Rendered:
    """The parts of a PDF of the build.

    Raises
    ------
    Refusal
        The file cannot be opened, is encrypted or truncated, or has a page without text.
    """
    with _opened(path) as document:
        pages = [page_lines(document[index], index) for index in range(len(document))]
        empty = [str(index + 1) for index, lines in enumerate(pages) if not lines]
        if empty:
            raise Refusal(
                f"{path} must have text on every page, but page {', '.join(empty)} "
                "has none: images cannot be read"
            )
        links = [link for index in range(len(document)) for link in annotations(document, index)]
        outline = [
            (entry.level, entry.get_title(), *_place(entry.get_dest()))
            for entry in document.get_toc()
        ]
        flow = _Flow(
            [line for lines in pages for line in lines], len(document), outline, built.numbers
        )
        pictures = {
            called: partial(same_picture, path, caption.page, caption.y)
            for called, caption in flow.figures.items()
        }
        return Rendered(
            [*_information(document), *flow.parts(links)], _attachment(document), pictures
        )


def _opened(path: Path) -> pypdfium2.PdfDocument:
    try:
        contents = path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path} must be a readable file: {error.strerror}") from None
    if not contents.startswith(b"%PDF-"):
        raise Refusal(f"{path} must be a PDF, but does not begin as one")
    if b"%%EOF" not in contents[-1024:]:
        raise Refusal(f"{path} must be a whole PDF, but is truncated")
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        why = "is encrypted" if "password" in str(error).lower() else "cannot be opened"
        raise Refusal(f"{path} must be a PDF that opens without a password, but {why}") from None
    if pdfium.FPDF_GetSecurityHandlerRevision(document.raw) != -1:
        raise Refusal(f"{path} must be a PDF that is not encrypted, but is encrypted")
    return document


def _information(document: pypdfium2.PdfDocument) -> Iterator[Part]:
    """Title, authors, subject and keywords, which carry no number."""
    for key, text in document.get_metadata_dict().items():
        if key in ("Title", "Author", "Subject", "Keywords"):
            yield Part("prose", text, [(0, f"document's {key.lower()}")])


def _attachment(document: pypdfium2.PdfDocument) -> str | None:
    """SHA-256 of the ledger in the file."""
    for index in range(document.count_attachments()):
        attachment = document.get_attachment(index)
        if attachment.get_name() == LEDGER:
            return sha256(bytes(attachment.get_data())).hexdigest()
    return None


def _place(destination: pypdfium2.PdfDest | None) -> tuple[int, float]:
    if destination is None:
        return -1, 0.0
    _, view = destination.get_view()
    return destination.get_index(), view[1] if len(view) > 1 else float("inf")


class _Flow:
    """The lines of a document, told apart: running lines, line numbers, and the text's own."""

    def __init__(
        self,
        lines: Sequence[Line],
        pages: int,
        outline: Sequence[tuple[int, str, int, float]],
        ids: Collection[str],
    ) -> None:
        self.ids = ids
        running = _running(lines, pages)
        self.running = [line for line in lines if _trace(line) in running]
        others = [line for line in lines if _trace(line) not in running]
        self.margin = Counter(round(line.x) for line in others).most_common(1)[0][0]
        self.numbers = [line for line in others if self._is_line_number(line)]
        self.lines = [line for line in others if not self._is_line_number(line)]
        self.text = "\n".join(line.text for line in self.lines)
        self.starts = [0]
        for line in self.lines[:-1]:
            self.starts.append(self.starts[-1] + len(line.text) + 1)
        self.figures: dict[str, Line] = {}
        self.roles = self._roles(outline)

    def parts(self, links: Sequence[Annotation]) -> list[Part]:
        """Running lines, line numbers, and the text cut at headings, entries and references."""
        claims = sorted([*self._linked(links), *self._labels()], key=lambda claim: claim.start)
        cuts = [*sorted({0, *(line for line in self.roles)}), len(self.lines)]
        found = [
            self._part(first, last, claims) for first, last in zip(cuts, cuts[1:]) if first < last
        ]
        return [*_running_parts(self.running), *_line_number_parts(self.numbers), *found]

    def _part(self, first: int, last: int, claims: Sequence[Claim]) -> Part:
        role, key = self.roles.get(first, ("prose", ""))
        start = self.starts[first]
        end = self.starts[last - 1] + len(self.lines[last - 1].text)
        own = tuple(
            Claim(claim.start - start, claim.end - start, claim.kind, claim.key)
            for claim in claims
            if start <= claim.start < end
        )
        places = [(self.starts[index] - start, self._called(index)) for index in range(first, last)]
        return Part(role, self.text[start:end], places, own, key)

    def _called(self, index: int) -> str:
        line = self.lines[index]
        beside = next(
            (
                number.text
                for number in self.numbers
                if number.page == line.page and abs(number.y - line.y) < 1
            ),
            None,
        )
        return f"page {line.page + 1}" + (f", line {beside}" if beside else "")

    def _is_line_number(self, line: Line) -> bool:
        return line.text.strip().isdigit() and line.rights[-1] < self.margin - 1

    def _roles(self, outline: Sequence[tuple[int, str, int, float]]) -> dict[int, tuple[str, str]]:
        """Lines at which a part begins, with its role and key."""
        roles: dict[int, tuple[str, str]] = {}
        numbers = _heading_numbers([(level, title) for level, title, _, _ in outline])
        for (_, title, page, y), number in zip(outline, numbers, strict=True):
            first = self._line_at(page, y)
            if first is not None:
                roles[first] = ("heading", number)
                roles.setdefault(self._heading_end(first, title), ("prose", ""))
        counts = {series: count(1) for series in ("Table ", "Figure ", "Table S", "Figure S")}
        for index, line in enumerate(self.lines):
            caption = _CAPTION.match(line.text)
            if caption and "Bold" in line.font:
                series = f"{caption[1]} {'S' * caption[2].startswith('S')}"
                called = f"{series}{next(counts[series])}"
                roles[index] = ("caption", called)
                if caption[1] == "Figure":
                    self.figures[called] = line
        return roles | self._entries(roles) | self._references(roles)

    def _heading_end(self, first: int, title: str) -> int:
        """The line after a heading that may take several."""
        length = len("".join(title.split()))
        last = first
        while length > 0 and last < len(self.lines):
            length -= len("".join(self.lines[last].text.split()))
            last += 1
        return last

    def _entries(self, roles: Mapping[int, object]) -> dict[int, tuple[str, str]]:
        """Provenance entries: at the margin, an id first; they end at other text of the margin."""
        found: dict[int, tuple[str, str]] = {}
        within = False
        for index, line in enumerate(self.lines):
            at_margin = abs(line.x - self.margin) < 1
            id = line.text.split(maxsplit=1)[0]
            if at_margin and id in self.ids and "Mono" in line.font:
                found[index], within = ("entry", id), True
            elif within and (at_margin or index in roles):
                found[index] = ("prose", "")
                within = False
        return {index: role for index, role in found.items() if index not in roles}

    def _references(self, roles: Mapping[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
        """The reference list: after a heading, entries at the margin that count from 1."""
        headings = [
            *sorted(index for index, (role, _) in roles.items() if role == "heading"),
            len(self.lines),
        ]
        found = (
            {index: ("reference", number) for number, index in self._counted(first, last)}
            for first, last in zip(headings, headings[1:])
        )
        return max(found, key=len, default={})

    def _counted(self, first: int, last: int) -> Iterator[tuple[str, int]]:
        """Lines at the margin that begin with 1, 2, 3 ... in turn."""
        number = 1
        for index in range(first + 1, last):
            line = self.lines[index]
            if abs(line.x - self.margin) < 1 and re.match(rf"{number}\.\s", line.text):
                yield str(number), index
                number += 1

    def _line_at(self, page: int, y: float) -> int | None:
        """The topmost line whose baseline is below a point of a page."""
        below = [
            (line.y, -index)
            for index, line in enumerate(self.lines)
            if line.page == page and line.y < y
        ]
        return -max(below)[1] if below else None

    def _linked(self, links: Sequence[Annotation]) -> Iterator[Claim]:
        for start, end, link in self._stretches(links):
            # A link to a floating display leads to where it was declared, not to its caption.
            display = _REFERENCE_TO_DISPLAY.fullmatch(self.text[start:end])
            yield Claim(start, end, *((DISPLAY, "") if display else self._target(link)))

    def _stretches(self, links: Sequence[Annotation]) -> list[tuple[int, int, Annotation]]:
        """The text of each link; a link that wraps may be one annotation a line."""
        placed = [
            (places, link)
            for link in links
            if (places := [place for area in link.areas for place in self._within(link.page, area)])
        ]
        found: list[tuple[int, int, Annotation]] = []
        for start, end, link in sorted(
            ((min(places), max(places) + 1, link) for places, link in placed),
            key=lambda each: each[:2],
        ):
            before = found[-1] if found else (0, 0, None)
            if before[2] and before[2].to == link.to and self.text[before[1] : start].isspace():
                found[-1] = (before[0], end, link)
            else:
                found.append((start, end, link))
        return found

    def _within(self, page: int, area: tuple[float, float, float, float]) -> Iterator[int]:
        left, bottom, right, top = area
        for start, line in zip(self.starts, self.lines, strict=True):
            if line.page == page and bottom <= line.y <= top:
                yield from (
                    start + offset
                    for offset, x in enumerate(line.xs)
                    if left - 0.5 <= x < right - 0.5
                )

    def _target(self, link: Annotation) -> tuple[str, str]:
        """What a link claims of its text: an entry's id, a citation's or a display's number."""
        index = self._line_at(*link.to)
        role, key = self.roles.get(index, ("", ""))
        if role == "entry":
            return NUMBER, key
        if role == "reference":
            return "citation", key
        if role == "heading":
            return ("cross-reference", f"Section {key}") if key else (LINK, "")
        return LINK, ""

    def _labels(self) -> Iterator[Claim]:
        """Numbers of headings, captions and references, at the head of their lines."""
        patterns = {
            "heading": _NUMBERED,
            "caption": re.compile(r"\w+\s(S?\d+)[.:]"),
            "reference": _REFERENCE,
        }
        for index, (role, key) in self.roles.items():
            found = patterns[role].match(self.lines[index].text) if role in patterns else None
            if found and key:
                start = self.starts[index]
                yield Claim(
                    start + found.start(1), start + found.end(1), f"{role} number", key.split()[-1]
                )


def _trace(line: Line) -> tuple[int, int, str]:
    return round(line.y), round(line.x), re.sub(r"\d+", "", line.text)


def _running(lines: Sequence[Line], pages: int) -> set[tuple[int, int, str]]:
    """What stands at the same place of every page but for its digits."""
    on_pages: dict[tuple[int, int, str], set[int]] = {}
    for line in lines:
        on_pages.setdefault(_trace(line), set()).add(line.page)
    return {trace for trace, found in on_pages.items() if len(found) == pages > 1}


def _running_parts(lines: Sequence[Line]) -> Iterator[Part]:
    for line in lines:
        number = _PAGE_NUMBER.search(line.text)
        claims = (Claim(*number.span(), "page number", str(line.page + 1)),) if number else ()
        yield Part("prose", line.text, [(0, f"page {line.page + 1}, running line")], claims)


def _line_number_parts(lines: Sequence[Line]) -> Iterator[Part]:
    for number, line in enumerate(lines, 1):
        claim = Claim(0, len(line.text), "line number", str(number))
        yield Part("prose", line.text, [(0, f"page {line.page + 1}, line number")], (claim,))


def _heading_numbers(headings: Sequence[tuple[int, str]]) -> list[str]:
    """The number that each heading must have, from its level; empty for one without number."""
    numbered = [bool(_NUMBERED.match(title)) for _, title in headings]
    numbers = heading_numbers(level for (level, _), counts in zip(headings, numbered) if counts)
    return [next(numbers) if counts else "" for counts in numbered]
