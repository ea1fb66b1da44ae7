"""Reads a DOCX file back: paragraphs in order, links by their bookmarks, fields, tables by cell."""

import re
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import docx
from docx.oxml.ns import qn
from lxml import etree

from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.rendered import CELL_END, Rendered
from tracedtrial.checks.verify.targets import Builder, Targets, heading_numbers
from tracedtrial.refusal import Refusal

DELETED = tuple(map(qn, ("w:del", "w:moveFrom", "w:instrText", "w:pPr", "w:rPr")))
ASIDES = re.compile(r"/word/(header|footer|footnotes|endnotes|comments)\d*\.xml")
PROPERTIES = ("title", "subject", "author", "keywords", "comments", "category")
CHARACTERS = {
    qn("w:tab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
    qn("w:softHyphen"): "\u00ad",
}
LEDGER = "ledger-sha256"
CUSTOM = "{http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes}lpwstr"


def read(path: Path, built: Built) -> Rendered:
    """The parts of a DOCX file of the build.

    Raises
    ------
    Refusal
        The file cannot be read, is no zip archive or no DOCX, or has no bookmarks of provenance
        entries.
    """
    if not path.is_file():
        raise Refusal(f"{path} must be a readable file: No such file or directory")
    if not zipfile.is_zipfile(path):
        raise Refusal(f"{path} must be a DOCX, but is no whole zip archive")
    try:
        document = docx.Document(str(path))
    except (KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError):
        raise Refusal(f"{path} must be a DOCX, but holds no Word document") from None
    reader = _Reader(document, built)
    if not reader.targets.entries:
        raise Refusal(f"{path} must have the bookmarks of the provenance entries, but has none")
    reader.body(document.element.body)
    reader.beside(document)
    return Rendered(reader.made.parts, reader.ledger, reader.pictures)


class _Reader:
    """Goes through the body; a bookmark before a paragraph belongs to it."""

    def __init__(self, document: "docx.document.Document", built: Built) -> None:
        body = document.element.body
        self.made = Builder()
        self.images = document.part.related_parts
        self.pictures: dict[str, partial] = {}
        self.ledger: str | None = None
        self.paragraphs = 0
        self.pending: list[str] = []
        self.display, self.references = "", {}
        numbered = [paragraph for paragraph in body.iter(qn("w:p")) if _section_number(paragraph)]
        levels = (int((_style(paragraph)[-1:]) or 1) - 1 for paragraph in numbered)
        self.numbers = dict(zip(numbered, heading_numbers(levels)))
        anchors = [mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))]
        self.targets = Targets(built, anchors, dict(self.named_headings(body)))
        self.bookmarks = dict(self.caption_bookmarks(body))

    def named_headings(self, body: etree._Element) -> Iterator[tuple[str, str]]:
        """Each bookmark before a numbered heading, and the heading's number."""
        names: list[str] = []
        for element in body.iter(qn("w:bookmarkStart"), qn("w:p")):
            if element.tag == qn("w:bookmarkStart"):
                names.append(element.get(qn("w:name")))
            else:
                yield from ((name, self.numbers.get(element, "")) for name in names)
                names = []

    def caption_bookmarks(self, body: etree._Element) -> Iterator[tuple[str, str]]:
        """Each bookmark on a display's label, to which fields refer, and what it is called."""
        called = ""
        for mark in body.iter(qn("w:bookmarkStart")):
            name = mark.get(qn("w:name"))
            called = self.targets.displays.get(name, called)
            if mark.getparent().tag == qn("w:p") and name.startswith("_Ref"):
                yield name, called

    def body(self, parent: etree._Element) -> None:
        """Paragraphs and tables in order."""
        children = list(parent)
        for place, element in enumerate(children):
            if element.tag == qn("w:bookmarkStart"):
                name = element.get(qn("w:name"))
                self.pending.append(name)
                self.display = self.targets.displays.get(name, self.display)
            elif element.tag == qn("w:tbl"):
                self.table(element, children[place + 1 :])
            elif element.tag == qn("w:p"):
                if _style(element) != "TableNote":
                    self.paragraph(element)
            elif element.tag != qn("w:sectPr"):
                self.body(element)

    def paragraph(self, element: etree._Element, place: str = "") -> None:
        self.paragraphs += not place
        inner = [mark.get(qn("w:name")) for mark in element.iter(qn("w:bookmarkStart"))]
        names, self.pending = self.pending + inner, []
        self.inside(element, place or f"paragraph {self.paragraphs}", names)
        for name in names:
            if name in self.targets.entries:
                return self.made.flush("entry", self.targets.entries[name])
            if name in self.targets.references and _style(element) == "Bibliography":
                return self.made.flush("reference", self.targets.references[name])
        self.made.flush()

    def inside(self, element: etree._Element, place: str, names: list[str]) -> None:
        """Text of runs, links and fields."""
        for child in element:
            if child.tag in DELETED:
                continue
            claim = self.claim(child, names)
            if claim:
                with self.made.claiming(*claim):
                    self.inside(child, place, names)
            elif child.tag == qn("w:t"):
                self.made.add(child.text, place)
            elif child.tag in CHARACTERS:
                self.made.add(CHARACTERS[child.tag], place)
            elif child.tag == qn("w:drawing"):
                self.drawing(child, place)
            else:
                self.inside(child, place, names)

    def claim(self, child: etree._Element, names: list[str]) -> tuple[str, str] | None:
        """What the structure says of a child's text, if anything."""
        target = child.get(qn("w:anchor"))
        if child.tag == qn("w:hyperlink") and target:
            return self.targets.claim(target)
        if child.tag == qn("w:fldSimple"):
            return self.field(child.get(qn("w:instr"), "").split())
        if child.tag == qn("w:r") and _is_section_number(child):
            return "heading number", self.numbers.get(child.getparent(), "")
        reference = next(
            (self.targets.references[name] for name in names if name in self.targets.references),
            None,
        )
        if reference and child is child.getparent().find(qn("w:r")) and _is_paragraph(child):
            return "reference number", f"{reference}."
        return None

    def field(self, words: list[str]) -> tuple[str, str] | None:
        if words[:1] == ["SEQ"]:
            return "caption number", self.display.rpartition(" ")[2]
        if words[:1] == ["REF"]:
            return "cross-reference", self.bookmarks.get("".join(words[1:2]), "")
        return ("page number", "1") if words[:1] == ["PAGE"] else None

    def table(self, element: etree._Element, following: list[etree._Element]) -> None:
        """Cells, and the paragraphs of notes that follow the table."""
        for row, cells in enumerate(element.iter(qn("w:tr")), 1):
            for column, cell in enumerate(cells.iter(qn("w:tc")), 1):
                place = f"{self.display}, row {row}, column {column}"
                for paragraph in cell.iter(qn("w:p")):
                    self.inside(paragraph, place, [])
                self.made.add(CELL_END, place)
        for note in following:
            if note.tag != qn("w:p") or _style(note) != "TableNote":
                break
            self.inside(note, f"{self.display}, note", [])
            self.made.add("\n", f"{self.display}, note")
        self.made.flush("table", self.display)

    def drawing(self, element: etree._Element, place: str) -> None:
        for shown in element.iter(qn("wp:docPr")):
            self.made.aside("prose", shown.get("descr"), f"{place}, alternative text")
            self.made.aside("prose", shown.get("title"), f"{place}, title")
        for blip in element.iter(qn("a:blip")):
            image = self.images.get(blip.get(qn("r:embed")))
            if image is not None and self.display.startswith("Figure"):
                self.pictures[self.display] = partial(_same_bytes, image.blob)
        for text in element.iter(qn("w:txbxContent")):
            self.inside(text, place, [])

    def beside(self, document: "docx.document.Document") -> None:
        """Headers, footers, notes, and the document's properties."""
        for part in document.part.package.iter_parts():
            found = ASIDES.match(str(part.partname))
            if found:
                for paragraph in etree.fromstring(part.blob).iter(qn("w:p")):
                    self.paragraph(paragraph, found[1])
            elif str(part.partname) == "/docProps/custom.xml":
                for value in etree.fromstring(part.blob).iter(CUSTOM):
                    if value.getparent().get("name") == LEDGER:
                        self.ledger = value.text
                    else:
                        self.made.aside("prose", value.text, "document's property")
        for name in PROPERTIES:
            self.made.aside("prose", getattr(document.core_properties, name), f"document's {name}")


def _is_paragraph(run: etree._Element) -> bool:
    """Whether a run stands in a paragraph itself, not in a link or field of it."""
    return run.getparent().tag == qn("w:p")


def _style(paragraph: etree._Element) -> str:
    found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return "" if found is None else found.get(qn("w:val"), "")


def _is_section_number(run: etree._Element) -> bool:
    found = run.find(f"{qn('w:rPr')}/{qn('w:rStyle')}")
    return found is not None and found.get(qn("w:val")) == "SectionNumber"


def _section_number(paragraph: etree._Element) -> bool:
    return any(_is_section_number(run) for run in paragraph.iter(qn("w:r")))


def _same_bytes(blob: bytes, built: Path) -> bool:
    """Whether a picture of the file is the PNG that was built."""
    drawn = built.with_suffix(".png")
    return drawn.is_file() and drawn.read_bytes() == blob
