"""Counts of the document itself: words, displays, references."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tracedtrial.record.ledger.rows import stated_row

VARIABLE = re.compile(r"\{\{<\s+var\s+(\S+)\s+>\}\}")
DOCUMENT_IDS = (
    "document.abstract.words",
    "document.text.words",
    "document.tables.n",
    "document.figures.n",
    "document.references.n",
)


def variables_used(source: str) -> list[str]:
    """Names of the variables that the manuscript prints, each once, in order of appearance."""
    return list(dict.fromkeys(VARIABLE.findall(source)))


def document_rows(manuscript: Path, texts: Mapping[str, str]) -> dict[str, dict]:
    """Ledger rows of the counts, taken from the source with `texts` in the variables' places.

    The text runs from the first section to the first unnumbered one, without headings, displays
    and citations. References are the distinct works cited.
    """
    source = VARIABLE.sub(
        lambda found: texts.get(found[1], "0"), manuscript.read_text(encoding="utf-8")
    )
    parsed = _parsed(_without_cells(source))
    body = list(_body(parsed["blocks"]))
    labels = [
        line
        for line in source.splitlines()
        if line.startswith("#| label:") and "-supp-" not in line
    ]
    counts = (
        _words(parsed["meta"].get("abstract", {})),
        _words(body),
        sum("tbl-" in label for label in labels),
        sum("fig-" in label for label in labels),
        len(set(_citations(parsed))),
    )
    methods = (
        "words of the abstract",
        "words from introduction to conclusions",
        "tables with a label",
        "figures with a label",
        "distinct works cited",
    )
    return {
        id: stated_row(
            f"{count:,d}",
            count,
            source="document",
            statistic="count",
            method=method,
            section=manuscript.as_posix(),
        )
        for id, count, method in zip(DOCUMENT_IDS, counts, methods)
    }


def _without_cells(source: str) -> str:
    """The source with the lines of its executable cells blank."""
    from markdown_it import MarkdownIt

    lines = source.split("\n")
    for token in MarkdownIt().parse(source):
        if token.type == "fence" and token.info.startswith("{"):
            first, last = token.map
            lines[first:last] = [""] * (last - first)
    return "\n".join(lines)


def _parsed(source: str) -> dict:
    import pypandoc

    run = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from=markdown", "--to=json"],
        input=source,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(run.stdout)


def _body(blocks: list[dict]) -> Iterator[dict]:
    for block in blocks:
        if block["t"] == "Header" and "unnumbered" in block["c"][1][1]:
            return
        if block["t"] not in ("Header", "CodeBlock", "Div"):
            yield block


def _words(node: object) -> int:
    """Words of a pandoc node: runs of Str, split at spaces; citations are marks, not words."""
    return len("".join(_text(node)).split())


def _text(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _text(child)
    elif isinstance(node, dict):
        kind = node.get("t")
        if kind == "Str":
            yield node["c"]
        elif kind in ("Space", "SoftBreak", "LineBreak"):
            yield " "
        elif kind in ("Code", "Math"):
            yield node["c"][1]
        elif kind != "Cite":
            yield from _text(node.get("c", list(node.values()) if kind is None else []))
        if kind in ("Para", "Plain", "MetaInlines"):
            yield " "


def _citations(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _citations(child)
    elif isinstance(node, dict):
        if node.get("t") == "Cite":
            yield from (
                entry["citationId"]
                for entry in node["c"][0]
                if not entry["citationId"].startswith(("tbl-", "fig-", "sec-"))
            )
        yield from _citations(list(node.values()))
