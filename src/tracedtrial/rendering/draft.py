"""A draft's notice in a resolved document: each format shows it on every page that it has.

It stands before the running head (PDF, DOCX) and in a key of its own (HTML, JATS).
"""

import json
from dataclasses import replace

from tracedtrial.rendering.document import Document


def marked(document: Document, notice: str) -> Document:
    """The document as a draft; unchanged where there is no notice."""
    if not notice:
        return document
    whole = json.loads(document.json)
    sign = [{"t": "Strong", "c": [{"t": "Str", "c": notice}]}]
    head = whole["meta"].get("running-head")
    rest = [{"t": "Str", "c": " \u00b7 "}, *head["c"]] if head else []
    whole["meta"] |= {
        "draft": {"t": "MetaInlines", "c": sign},
        "running-head": {"t": "MetaInlines", "c": [*sign, *rest]},
    }
    return replace(document, json=json.dumps(whole), meta=whole["meta"])
