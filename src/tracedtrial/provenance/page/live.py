"""The rendered HTML with its tables alive: each ledger number in a cell or note becomes a link."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree, html

from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.pieces import compact, found_in
from tracedtrial.checks.verify.targets import anchor
from tracedtrial.refusal import Refusal, refusal

CAPTIONS = ("figcaption", "caption")


def with_live_displays(built: Built, path: Path) -> html.HtmlElement:
    """The tree of the rendered HTML in which tables and their notes are linked too.

    Raises
    ------
    Refusal
        The file cannot be read, or a table does not show what the build made.
    """
    try:
        root = html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    except (OSError, etree.ParserError):
        raise Refusal(f"{path} must be the rendered manuscript; run the build first") from None
    for label, (called, _) in built.displays.items():
        if called.startswith("Table"):
            _enliven(_element(root, label), built.grid(called), called)
    return root


def _element(root: html.HtmlElement, name: str) -> html.HtmlElement:
    found = next((each for each in root.iter() if each.get("id") == name), None)
    if found is None:
        raise Refusal(f"{name} must be in the rendered HTML, but is not there")
    return found


def _enliven(element: html.HtmlElement, grid: dict, called: str) -> None:
    shown = [each for row in element.iter("tr") for each in row.iter("th", "td")]
    made = list(_cells(grid))
    if len(shown) != len(made):
        raise refusal(called, f"have {len(made)} cells", len(shown), "the rendered HTML")
    for cell, text in zip(shown, made, strict=True):
        if compact(cell.text_content()) != compact(text["text"]):
            raise refusal(
                called, f"show {text['text']!r}", cell.text_content(), "the rendered HTML"
            )
        linked(cell, text)
    notes = [
        each
        for each in element.iter("p")
        if next(each.iterancestors("td", "th", *CAPTIONS), None) is None
    ]
    for note in notes:
        linked(note, _joined(grid["notes"]))


def _cells(grid: dict) -> Iterator[dict]:
    yield from grid["columns"]
    for row in grid["rows"]:
        yield row["label"]
        yield from row["cells"]


def _joined(notes: list[dict]) -> dict:
    return {
        name: [each for note in notes for each in note.get(name, ())] for name in ("ids", "texts")
    }


def linked(element: html.HtmlElement, made: dict) -> None:
    """Turn each printed number in the element's text into a link to its entry, in order.

    Marks within the element are dropped where it prints a number.
    """
    text, at, links = element.text_content(), 0, []
    for id, printed in zip(made.get("ids", ()), made.get("texts", ()), strict=True):
        place = found_in(text, printed, at)
        if place is None:
            raise refusal("text", f"show {printed!r} of {id}", text, "the rendered HTML")
        links.append((text[at : place[0]], id, text[slice(*place)]))
        at = place[1]
    if not links:
        return
    for child in list(element):
        element.remove(child)
    element.text = links[0][0]
    for place, (_, id, printed) in enumerate(links):
        link = etree.SubElement(element, "a", {"class": "number", "href": f"#{anchor(id)}"})
        link.text = printed
        link.tail = links[place + 1][0] if place + 1 < len(links) else text[at:]
