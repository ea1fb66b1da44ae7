"""The JATS XML (archiving and interchange tag set)."""

from analysis.render.document import Document
from analysis.render.pandoc import Pandoc, filters


def jats(document: Document, pandoc: Pandoc) -> bytes:
    """The XML's bytes for a resolved document."""
    arguments = [
        "--from=json",
        "--to=jats_archiving",
        "--standalone",
        *document.numbered,
        *filters("jats.lua"),
    ]
    return pandoc.run(arguments, document.json).encode()
