"""The JATS XML (archiving and interchange tag set)."""

from tracedtrial.rendering.document import Document
from tracedtrial.rendering.pandoc import Pandoc, filters


def jats(document: Document, pandoc: Pandoc, ledger: str = "") -> bytes:
    """The XML's bytes for a resolved document; `ledger` is the SHA-256 of its ledger."""
    arguments = [
        "--from=json",
        "--to=jats_archiving",
        "--standalone",
        *document.numbered,
        *filters("jats.lua"),
    ]
    text = pandoc.run(arguments, document.json)
    carried = f"<?ledger-sha256 {ledger}?>\n<article" if ledger else "<article"
    return text.replace("<article", carried, 1).encode()
