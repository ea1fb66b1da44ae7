"""Reads a JATS XML file back: blocks in order, links by their targets, tables cell by cell."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from lxml import etree

from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.rendered import CELL_END, Rendered
from tracedtrial.checks.verify.targets import Builder, Targets, heading_numbers
from tracedtrial.refusal import Refusal

BLOCKS = (
    "abstract",
    "ack",
    "aff",
    "alt-text",
    "app",
    "app-group",
    "article",
    "article-meta",
    "article-title",
    "back",
    "body",
    "caption",
    "contrib",
    "contrib-group",
    "disp-quote",
    "email",
    "fig",
    "fn",
    "fn-group",
    "front",
    "institution",
    "kwd",
    "kwd-group",
    "label",
    "list",
    "list-item",
    "mixed-citation",
    "name",
    "notes",
    "p",
    "pub-date",
    "ref",
    "ref-list",
    "sec",
    "string-name",
    "subtitle",
    "table-wrap",
    "table-wrap-foot",
    "title",
    "title-group",
)
HREF = "{http://www.w3.org/1999/xlink}href"


def read(path: Path, built: Built) -> Rendered:
    """The parts of a JATS file of the build.

    Raises
    ------
    Refusal
        The file cannot be read, is no JATS, or has no anchors of provenance entries.
    """
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except OSError as error:
        raise Refusal(f"{path} must be a readable file: {error.strerror}") from None
    except etree.XMLSyntaxError as error:
        raise Refusal(f"{path} must be well-formed XML: {error.msg}") from None
    if root.tag != "article":
        raise Refusal(f"{path} must be a JATS article, but its root is {root.tag!r}")
    reader = _Reader(root, built)
    if not reader.targets.entries:
        raise Refusal(f"{path} must have the anchors of the provenance entries, but has none")
    reader.block(root)
    (ledger,) = root.xpath("//processing-instruction('ledger-sha256')")[:1] or (None,)
    return Rendered(
        reader.made.parts,
        ledger if ledger is None else ledger.text,
        dict(reader.pictures(root, path.parent)),
    )


class _Reader:
    """Walks the tree; inline text is added to the block at hand."""

    def __init__(self, root: etree._Element, built: Built) -> None:
        self.built = built
        self.made = Builder()
        sections = [section for section in root.iter("sec") if section.find("label") is not None]
        levels = (sum(1 for _ in section.iterancestors("sec")) for section in sections)
        self.numbers = dict(zip(sections, heading_numbers(levels)))
        anchors = [element.get("id") for element in root.iter() if element.get("id")]
        self.targets = Targets(
            built, anchors, {section.get("id"): number for section, number in self.numbers.items()}
        )

    def block(self, element: etree._Element) -> None:
        """A block: its own text is a part, the blocks within it are others."""
        self.made.flush()
        called = self.targets.displays.get(element.get("id") or "", "")
        if element.tag == "table-wrap" and called:
            self.table(element, called)
        elif element.tag == "pub-date":
            self.date(element)
        elif element.tag == "label":
            with self.made.claiming("label", self.labelled(element.getparent())):
                self.inside(element)
            self.made.flush()
        else:
            self.inside(element)
            self.made.flush(*self.role(element))

    def role(self, element: etree._Element) -> tuple[str, str]:
        if element.tag == "mixed-citation":
            return "reference", self.targets.references.get(element.getparent().get("id"), "")
        names = [child.get("id") for child in element.iter() if child.get("id")]
        entry = next((name for name in names if name in self.targets.entries), None)
        if element.tag == "p" and entry:
            return "entry", self.targets.entries[entry]
        return "prose", ""

    def labelled(self, parent: etree._Element) -> str:
        """What the label of a section, a display or an affiliation must be."""
        marks = {name: mark for mark, name in self.built.affiliations}
        return (
            self.numbers.get(parent)
            or self.targets.displays.get(parent.get("id") or "")
            or marks.get(" ".join("".join(parent.itertext()).split()), "")
        )

    def inside(self, element: etree._Element) -> None:
        """Text and children of an element, in order."""
        place = f"line {element.sourceline}"
        self.made.add(element.text, place)
        for child in element:
            if isinstance(child.tag, str):
                if child.tag in BLOCKS:
                    self.block(child)
                else:
                    self.inline(child, element, place)
            self.made.add(child.tail, place)

    def inline(self, child: etree._Element, parent: etree._Element, place: str) -> None:
        if child.tag == "xref":
            said = "".join(child.itertext())
            self.made.aside("copy", child.get("alt"), f"line {child.sourceline}, alt", said)
            with self.made.claiming(*self.targets.claim(child.get("rid") or "")):
                self.inside(child)
        elif child.get("content-type") == "csl-left-margin":
            number = self.targets.references.get(parent.getparent().get("id") or "", "")
            with self.made.claiming("reference number", f"{number}."):
                self.inside(child)
        else:
            self.inside(child)

    def date(self, element: etree._Element) -> None:
        """The date of the file, which is the manuscript's own."""
        wanted = self.built.date
        for name, text in (
            ("day", str(wanted.day)),
            ("month", str(wanted.month)),
            ("year", str(wanted.year)),
        ):
            part = element.find(name)
            if part is not None:
                self.made.add(part.text, f"line {part.sourceline}")
                place = len(self.made.text) - len(part.text or "")
                self.made.claim(place, "date", text)
            self.made.flush()
        self.made.aside(
            "copy",
            element.get("iso-8601-date"),
            f"line {element.sourceline}, date",
            wanted.isoformat(),
        )

    def table(self, element: etree._Element, called: str) -> None:
        """A captioned table: its caption, and then its cells and notes as one part."""
        for head in element.iter("label", "caption"):
            self.block(head)
        self.made.flush()
        for cell in element.iter("th", "td"):
            self.inside(cell)
            self.made.add(CELL_END, f"line {cell.sourceline}")
        for foot in element.iter("table-wrap-foot"):
            for note in foot:
                self.inside(note)
                self.made.add("\n", f"line {note.sourceline}")
        self.made.flush("table", called)

    def pictures(self, root: etree._Element, folder: Path) -> Iterator[tuple[str, partial]]:
        for figure in root.iter("fig"):
            called = self.targets.displays.get(figure.get("id") or "", "")
            graphic = figure.find("graphic")
            if called and graphic is not None:
                yield called, partial(_same_file, folder, graphic.get(HREF) or "")


def _same_file(folder: Path, name: str, built: Path) -> bool:
    """Whether a picture is named as the built one, and equals it where it lies beside the file."""
    drawn = built.with_suffix(Path(name).suffix)
    beside = folder / name
    if Path(name).name != drawn.name or not drawn.is_file():
        return False
    return not beside.is_file() or beside.read_bytes() == drawn.read_bytes()
