"""The HTML: one file that asks for nothing else."""

from tracedtrial.rendering.document import Document
from tracedtrial.rendering.pandoc import HERE, Pandoc, filters


def html(document: Document, pandoc: Pandoc, ledger: str = "") -> bytes:
    """The HTML's bytes for a resolved document; `ledger` is the SHA-256 of its ledger."""
    arguments = [
        "--from=json",
        "--to=html5",
        "--standalone",
        "--embed-resources",
        f"--template={HERE / 'page.html'}",
        f"--variable=pagetitle={document.text('title')}",
        f"--variable=ledger-sha256={ledger}",
        *document.numbered,
        *filters("html.lua"),
    ]
    return pandoc.run(arguments, document.json).encode()
