"""Sentences of the manuscript's source with their numbers, as two ledgers print them.

A variable becomes a mark before pandoc reads the source, so that each sentence is found as it is
printed: without links, citations and emphasis, and with the words of its numbers in place.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.checks.variables import variables
from tracedtrial.checks.verify.built import displays
from tracedtrial.provenance.difference.passages import SAME, Passage, Piece, differs, replaced
from tracedtrial.record.ledger.document import VARIABLE
from tracedtrial.refusal import Refusal
from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.markdown import page
from tracedtrial.rendering.source import text_of

MARK = re.compile("\ue000(\\d+)\ue001")
ABBREVIATION = re.compile(r"(?:\b(?:vs|e\.g|i\.e|al|Dr|Fig|No|approx|cf|St)|\b[A-Z])\.$")
END = re.compile("[.!?][\"'”’)\\]]*\\s+(?=[\"'“‘(\\[]?[A-Z\ue000])")
TITLES = {"title-page": "Title page"}
QUOTES = {"SingleQuote": "‘’", "DoubleQuote": "“”"}


@dataclass(frozen=True)
class Text:
    """A paragraph of the source with its place; marks stand for the variables `names`."""

    place: str
    text: str


@dataclass(frozen=True)
class Manuscript:
    """The texts of a manuscript's source in order, and the variable behind each mark."""

    texts: tuple[Text, ...]
    names: tuple[str, ...]
    displays: Mapping[str, tuple[str, str]]

    def passages(self, old: Mapping[str, dict], new: Mapping[str, dict]) -> list[Passage]:
        """Every sentence that the two ledgers print differently."""
        before, after = variables(old), variables(new)
        found = (
            Passage(text.place, tuple(self._pieces(sentence, before, after)))
            for text in self.texts
            for sentence in sentences(text.text)
        )
        return [passage for passage in found if differs(passage.pieces)]

    @property
    def variables(self) -> set[str]:
        return set(self.names)

    def without(self, names: set[str]) -> "Manuscript":
        """The manuscript's texts that use a variable outside `names`."""
        kept = tuple(
            text
            for text in self.texts
            if any(self.names[int(mark)] not in names for mark in MARK.findall(text.text))
        )
        return Manuscript(kept, self.names, self.displays)

    def _pieces(self, sentence: str, old: Mapping, new: Mapping) -> Iterator[Piece]:
        for place, part in enumerate(MARK.split(sentence)):
            if place % 2 == 0:
                yield Piece(SAME, part)
            else:
                texts = [known.get(self.names[int(part)], ("", None))[1] for known in (old, new)]
                yield from replaced(*texts)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; a full stop within a number or an abbreviation ends none.

    Examples
    --------
    >>> sentences("Of 32, 3.5 vs. 4 (T. Author et al. A) responded. Twelve did not.")
    ['Of 32, 3.5 vs. 4 (T. Author et al. A) responded.', 'Twelve did not.']
    """
    found, start = [], 0
    for end in END.finditer(text):
        if not ABBREVIATION.search(text[start : end.end()].rstrip()):
            found.append(text[start : end.end()].strip())
            start = end.end()
    return [*found, text[start:].strip()]


def manuscript(path: Path) -> Manuscript:
    """The source at `path`: header, prose and captions.

    Raises
    ------
    Refusal
        The source cannot be read.
    """
    names: list[str] = []

    def marked(found: re.Match) -> str:
        names.append(found[1])
        return f"\ue000{len(names) - 1}\ue001"

    try:
        read = page(path, VARIABLE.sub(marked, text_of(path)))
    except RenderError as error:
        raise Refusal(str(error)) from None
    called = displays(read.cells)
    parsed = _parsed(read.text)
    reader = _Reader({label: name for label, (name, _) in called.items()})
    texts = [*reader.header(parsed["meta"]), *reader.body(parsed["blocks"])]
    for cell in read.cells:
        for key in ("tbl-cap", "fig-cap"):
            if key in cell.options:
                caption = _parsed(str(cell.options[key]))["blocks"]
                texts += reader.body(caption, f"Caption of {called[cell.label][0]}")
    return Manuscript(tuple(text for text in texts if MARK.search(text.text)), tuple(names), called)


def _parsed(source: str) -> dict:
    import pypandoc

    run = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from=markdown", "--to=json"],
        input=source,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(run.stdout)


@dataclass(frozen=True)
class _Reader:
    """Texts of pandoc's nodes; `called` says what a reference to a display prints."""

    called: Mapping[str, str]

    def header(self, meta: Mapping[str, dict]) -> Iterator[Text]:
        for key, node in meta.items():
            title = TITLES.get(key, key.replace("-", " ").capitalize())
            yield from (Text(title, text) for text in self._paragraphs(node))

    def body(self, blocks: list[dict], place: str = "") -> Iterator[Text]:
        """The paragraphs under each heading, the place being the headings above them."""
        above: list[str] = []
        for block in blocks:
            if block["t"] == "Header":
                level, _, inlines = block["c"]
                above = [*above[: level - 1], self._text(inlines)]
            else:
                where = place or ", ".join(above) or "Text"
                yield from (Text(where, text) for text in self._paragraphs(block))

    def _paragraphs(self, node: object) -> Iterator[str]:
        if isinstance(node, dict) and node.get("t") in ("Para", "Plain", "MetaInlines"):
            text = re.sub(r"\s+", " ", self._text(node["c"]))
            yield re.sub(r" ([.,;:)])", r"\1", text).strip()
        elif isinstance(node, list | dict):
            for child in node.values() if isinstance(node, dict) else node:
                yield from self._paragraphs(child)

    def _text(self, inlines: list[dict]) -> str:
        return "".join(map(self._inline, inlines))

    def _inline(self, node: dict) -> str:
        kind, content = node["t"], node.get("c")
        if kind in ("Str", "Space", "SoftBreak", "LineBreak"):
            return content if kind == "Str" else " "
        if kind in ("Code", "Math"):
            return content[1]
        if kind == "Quoted":
            first, last = QUOTES[content[0]["t"]]
            return first + self._text(content[1]) + last
        if kind == "Cite":
            return ", ".join(
                self.called[each["citationId"]]
                for each in content[0]
                if each["citationId"] in self.called
            )
        if kind in ("Link", "Span"):
            return self._text(content[1])
        return (
            self._text(content)
            if kind
            in ("Emph", "Strong", "Superscript", "Subscript", "Strikeout", "SmallCaps", "Underline")
            else ""
        )
