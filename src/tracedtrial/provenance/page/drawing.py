"""The page as one file: the template with style, script and data within; it asks for nothing."""

import base64
import hashlib
import json
from collections import Counter
from pathlib import Path

from tracedtrial.provenance.page.checks import FINDINGS, HOLDS, NOT_RUN
from tracedtrial.provenance.page.content import Content

HERE = Path(__file__).parent
SCRIPTS = (
    "element.js",
    "ledger.js",
    "records.js",
    "graph.js",
    "certificate.js",
    "views.js",
    "search.js",
    "route.js",
)


def drawn(content: Content) -> str:
    """The HTML of a page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    style = (HERE / "page.css").read_text(encoding="utf-8")
    script = '"use strict";\n' + "".join(
        (HERE / name).read_text(encoding="utf-8") for name in SCRIPTS
    )
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    words = Counter(outcome.word for outcome in content.checks)
    return environment.get_template("page.html").render(
        content=content,
        body=Markup(content.text.body),
        style=Markup(style),
        script=Markup(script),
        style_hash=source_hash(style),
        script_hash=source_hash(script),
        ledger=Markup(embedded(content.ledger)),
        rows=Markup(embedded(content.rows)),
        counts={word: words[word] for word in (HOLDS, FINDINGS, NOT_RUN) if words[word]},
    )


def embedded(value: object) -> str:
    r"""JSON that no HTML parser takes for anything else.

    Examples
    --------
    >>> embedded("</script>")
    '"\\u003c/script>"'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")


def source_hash(text: str) -> str:
    """What a content security policy calls an inline text that may run or apply."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
