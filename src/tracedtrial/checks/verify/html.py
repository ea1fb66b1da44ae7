"""Reads an HTML file back: blocks in order, links by their anchors, tables cell by cell."""

import base64
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from lxml import etree, html

from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.rendered import CELL_END, Claim, Rendered
from tracedtrial.checks.verify.targets import Builder, Targets, heading_numbers
from tracedtrial.refusal import Refusal

BLOCKS = (
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "title",
    "ul",
)
UNSEEN = ("style", "script", "template")
SHOWN_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder")
META = ("author", "keywords", "description")
NUMBER_CLASS = "header-section-number"
_LABEL = re.compile(r"\s*((?:Table|Figure)\sS?\d+)[.:]")


def read(path: Path, built: Built) -> Rendered:
    """The parts of an HTML file of the build.

    Raises
    ------
    Refusal
        The file cannot be read, is no HTML, or has no anchors of provenance entries.
    """
    try:
        root = html.fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    except OSError as error:
        raise Refusal(f"{path} must be a readable file: {error.strerror}") from None
    except etree.ParserError:
        raise Refusal(f"{path} must be an HTML file, but is empty") from None
    reader = _Reader(root, built)
    if not reader.targets.entries:
        raise Refusal(f"{path} must have the anchors of the provenance entries, but has none")
    reader.block(root)
    (ledger,) = root.xpath("//meta[@name='ledger-sha256']/@content")[:1] or (None,)
    return Rendered(reader.made.parts, ledger, dict(reader.pictures(root)))


def has_class(element: html.HtmlElement, name: str) -> bool:
    return name in (element.get("class") or "").split()


class _Reader:
    """Walks the tree; inline text is added to the block at hand."""

    def __init__(self, root: html.HtmlElement, built: Built) -> None:
        self.made = Builder()
        numbered = [
            heading
            for heading in root.iter("h1", "h2", "h3", "h4", "h5", "h6")
            if _number_of(heading) is not None
        ]
        numbers = heading_numbers(int(heading.tag[1]) - 1 for heading in numbered)
        self.numbers = dict(zip(numbered, numbers))
        headings = {
            heading.get("id") or heading.getparent().get("id"): number
            for heading, number in self.numbers.items()
        }
        anchors = [element.get("id") for element in root.iter() if element.get("id")]
        self.targets = Targets(built, anchors, headings)

    def block(self, element: html.HtmlElement) -> None:
        """A block: its own text is a part, the blocks within it are others."""
        self.made.flush()
        name = element.get("id") or ""
        if self.targets.displays.get(name, "").startswith("Table"):
            self.table(element, self.targets.displays[name])
        else:
            self.inside(element)
            self.made.flush(*self.role(element))

    def role(self, element: html.HtmlElement) -> tuple[str, str]:
        if has_class(element, "csl-entry"):
            return "reference", self.targets.references.get(element.get("id") or "", "")
        names = [child.get("id") for child in element.iter() if child.get("id")]
        entry = next((name for name in names if name in self.targets.entries), None)
        if element.tag == "p" and entry:
            return "entry", self.targets.entries[entry]
        return "prose", ""

    def inside(self, element: html.HtmlElement) -> None:
        """Text and children of an element, in order."""
        place = f"line {element.sourceline}"
        self.label(element)
        self.attributes(element, place)
        self.made.add(element.text, place)
        within_reference = any(
            has_class(each, "csl-entry") for each in (element, *element.iterancestors())
        )
        for child in element:
            if not isinstance(child.tag, str) or child.tag in UNSEEN:
                pass
            elif child.tag in BLOCKS and not within_reference:
                self.block(child)
            else:
                self.inline(child, element, place)
            self.made.add(child.tail, place)

    def inline(self, child: html.HtmlElement, parent: html.HtmlElement, place: str) -> None:
        target = child.get("href") or ""
        if child.tag == "a" and target.startswith("#"):
            with self.made.claiming(*self.targets.claim(target[1:])):
                self.inside(child)
        elif has_class(child, NUMBER_CLASS):
            with self.made.claiming("heading number", self.numbers.get(parent, "")):
                self.inside(child)
        elif has_class(child, "csl-left-margin"):
            number = self.targets.references.get(parent.get("id") or "", "")
            with self.made.claiming("reference number", f"{number}."):
                self.inside(child)
        else:
            self.inside(child)

    def label(self, element: html.HtmlElement) -> None:
        """The label of a caption, `Table 1`, which its own text must begin with."""
        names = (above.get("id") or "" for above in element.iterancestors())
        called = next(
            (self.targets.displays[name] for name in names if name in self.targets.displays), None
        )
        found = _LABEL.match(element.text_content()) if element.tag == "figcaption" else None
        if called and found:
            self.made.claims.append(Claim(*found.span(1), "caption number", called))

    def attributes(self, element: html.HtmlElement, place: str) -> None:
        """Texts that a reader may see or hear, and copies of what is printed."""
        for name in SHOWN_ATTRIBUTES:
            self.made.aside("prose", element.get(name), f"{place}, {name}")
        if element.tag == "meta" and element.get("name") in META:
            self.made.aside("prose", element.get("content"), f"{place}, {element.get('name')}")
        number = self.numbers.get(element)
        if number:
            self.made.aside("copy", element.get("data-number"), f"{place}, data-number", number)
        tip, target = element.get("data-tip"), (element.get("href") or "")[1:]
        self.made.aside("tip", tip, f"{place}, data-tip", self.targets.entries.get(target, ""))

    def table(self, element: html.HtmlElement, called: str) -> None:
        """A captioned table: its caption, and then its cells and notes as one part."""
        for caption in [*element.iter("figcaption", "caption")]:
            self.block(caption)
        self.made.flush()
        for cell in element.iter("th", "td"):
            self.inside(cell)
            self.made.add(CELL_END, f"line {cell.sourceline}")
        for note in (
            each
            for each in element.iter("p")
            if not _within(each, "td", "th", "figcaption", "caption")
        ):
            self.inside(note)
            self.made.add("\n", f"line {note.sourceline}")
        self.made.flush("table", called)

    def pictures(self, root: html.HtmlElement) -> Iterator[tuple[str, partial]]:
        for figure in root.iter("figure", "div"):
            called = self.targets.displays.get(figure.get("id") or "", "")
            image = next(figure.iter("img"), None)
            if called.startswith("Figure") and image is not None:
                yield called, partial(_same_bytes, image.get("src") or "")


def _within(element: html.HtmlElement, *tags: str) -> bool:
    return next(element.iterancestors(*tags), None) is not None


def _number_of(heading: html.HtmlElement) -> html.HtmlElement | None:
    return next((each for each in heading.iter("span") if has_class(each, NUMBER_CLASS)), None)


def _same_bytes(source: str, built: Path) -> bool:
    """Whether a picture within the file, as a data address, is the SVG or PNG that was built."""
    kind, _, data = source.partition(";base64,")
    extension = {"data:image/svg+xml": ".svg", "data:image/png": ".png"}.get(kind)
    if extension is None:
        return False
    drawn = built.with_suffix(extension)
    return drawn.is_file() and base64.b64decode(data) == drawn.read_bytes()
