"""A comparison as Markdown and as one HTML page, from the templates beside this module."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from tracedtrial.provenance.difference.changes import CHANGED, KINDS, UNPRINTED
from tracedtrial.provenance.difference.comparison import Comparison
from tracedtrial.provenance.difference.passages import NEW, OLD, Piece
from tracedtrial.record.words.markdown import escaped

HERE = Path(__file__).parent
TITLES = {
    CHANGED: "Numbers printed differently",
    "added": "Numbers added",
    "removed": "Numbers removed",
    UNPRINTED: "Same text, another value",
}
MARKS = {OLD: ("~~", "~~"), NEW: ("**", "**")}


def page(found: Comparison, template: str) -> str:
    """The comparison by `page.html` or `page.md`; a text is escaped as the format asks."""
    import jinja2

    html = template.endswith(".html")
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=html,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"md": _cell, "marked": _marked, "pair": _pair}
    cells = {table: list(rows) for table, rows in groupby(found.cells, attrgetter("table"))}
    places = [(place, list(own)) for place, own in groupby(found.sentences, attrgetter("place"))]
    numbers = [(TITLES[kind], kind, found.of(kind)) for kind in KINDS if found.of(kind)]
    return made.get_template(template).render(
        found=found,
        causes=found.causes,
        cells=cells,
        places=places,
        numbers=numbers,
        reconstructed=found.new.ledger.get("reconstructed", False),
    )


def _pair(texts: tuple[str, str]) -> list[Piece]:
    return [Piece(kind, text) for kind, text in zip((OLD, NEW), texts, strict=True) if text]


def _marked(pieces: Iterable[Piece]) -> str:
    """Pieces in Markdown: the old text struck, the new one strong."""
    told, before = "", ""
    for piece in pieces:
        first, last = MARKS.get(piece.kind, ("", ""))
        blank = " " if (before, piece.kind) == (OLD, NEW) else ""
        inner = escaped(piece.text)
        lead = " " if inner and piece.text[0] == " " else ""
        trail = " " if piece.text[-1:] == " " else ""
        told += blank + (first + inner + last if first else lead + inner + trail)
        before = piece.kind
    return told


def _cell(text: object) -> str:
    return escaped(str(text))
