"""The manuscript's text for the page: its rendered HTML, rebuilt from what a text may hold."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from lxml import etree, html

from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.html import UNSEEN, has_class
from tracedtrial.checks.verify.targets import anchor

PREFIX = "m-"  # before the anchors of the manuscript
KEPT = (
    "a",
    "aside",
    "blockquote",
    "br",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "header",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
)
CLASSES = (
    "authors",
    "affiliation",
    "title-page",
    "notice",
    "abstract",
    "scroll",
    "notes",
    "csl-entry",
    "csl-left-margin",
    "csl-right-inline",
    "header-section-number",
)
PICTURES = ("data:image/svg+xml;base64,", "data:image/png;base64,")
LEFT_OUT = ("skip", "running-note", "appendix")


@dataclass(frozen=True)
class Text:
    """Title and body of the manuscript as safe HTML, and what each figure draws."""

    title: str
    body: str
    figures: tuple[dict, ...]


def text(root: html.HtmlElement, built: Built) -> Text:
    """The manuscript's text from the tree of its rendered HTML, where numbers are links."""
    main = next(root.iter("main"), root.find("body"))
    ids = {anchor(id): id for id in built.numbers}
    body = etree.Element("div")
    _Copy(ids).children(main, body)
    title = next((each for each in main.iter("h1") if has_class(each, "title")), None)
    written = etree.tostring(body, method="html", encoding="unicode")
    return Text(
        "" if title is None else " ".join(title.text_content().split()),
        written,
        tuple(_figures(built)),
    )


def _figures(built: Built) -> Iterator[dict]:
    """Each figure and its texts by panel, equal ones once, ticks of axes left aside."""
    for called, _ in built.displays.values():
        if called.startswith("Figure"):
            drawn = [made for made in built.drawn(called) if made["kind"] != "axis tick"]
            times = Counter((m["panel"], m["kind"], m["text"], *m.get("ids", ())) for m in drawn)
            yield {
                "called": called,
                "texts": [
                    {"panel": panel, "kind": kind, "text": shown, "ids": ids, "times": times[key]}
                    for key in times
                    for panel, kind, shown, *ids in [key]
                ],
            }


class _Copy:
    """Copies a tree, element by element, leaving out all that is not among what is kept."""

    def __init__(self, ids: dict[str, str]) -> None:
        self.ids = ids

    def children(self, source: html.HtmlElement, target: etree._Element) -> None:
        """Text and children of `source` at the end of `target`."""
        _add(target, source.text)
        for child in source:
            if isinstance(child.tag, str) and not self.left_out(child):
                self.element(child, target)
            _add(target, child.tail)

    def left_out(self, element: html.HtmlElement) -> bool:
        return (
            element.tag in UNSEEN
            or any(has_class(element, name) for name in LEFT_OUT)
            or (element.tag == "h1" and has_class(element, "title"))
        )

    def element(self, source: html.HtmlElement, target: etree._Element) -> None:
        if source.tag not in KEPT or source.tag == "img" and not _is_picture(source):
            return self.children(source, target)
        tag = (
            f"h{int(source.tag[1]) + 1}"
            if source.tag in ("h1", "h2", "h3", "h4", "h5")
            else source.tag
        )
        made = etree.SubElement(target, tag, dict(self.attributes(source)))
        self.children(source, made)

    def attributes(self, element: html.HtmlElement) -> Iterator[tuple[str, str]]:
        if element.get("id"):
            yield "id", PREFIX + element.get("id")
        classes = [name for name in CLASSES if has_class(element, name)]
        if "scroll" in classes:
            yield from (("tabindex", "0"), ("role", "region"), ("aria-label", "Table"))
        if element.tag == "img":
            yield from (("src", element.get("src")), ("alt", element.get("alt", "")))
        if element.tag == "th":
            yield "scope", "col"
        href = element.get("href", "") if element.tag == "a" else ""
        if href[1:] in self.ids:
            classes.append("n")
            yield "href", f"#n={quote(self.ids[href[1:]])}"
        elif href.startswith("#"):
            yield "href", "#q=" if href == "#sec-provenance" else f"#{PREFIX}{href[1:]}"
        elif href.startswith(("https://", "http://")):
            yield from (("href", href), ("rel", "noreferrer"))
        if classes:
            yield "class", " ".join(classes)


def _is_picture(element: html.HtmlElement) -> bool:
    return element.get("src", "").startswith(PICTURES)


def _add(target: etree._Element, words: str | None) -> None:
    """Words at the end of an element, after its last child."""
    if words and len(target):
        target[-1].tail = (target[-1].tail or "") + words
    elif words:
        target.text = (target.text or "") + words
