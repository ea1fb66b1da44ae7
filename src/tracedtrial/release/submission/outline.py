"""The manuscript's title, authors and headings, each with its line in the source."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.refusal import Refusal
from tracedtrial.rendering.document import plain

_POSITION = re.compile(r"(\d+):")
OUTSIDE = {"appendix", "supplement"}  # divisions whose headings are no sections of the article


@dataclass(frozen=True)
class Heading:
    """A heading: its label (written, or pandoc's from its text), text, level and line."""

    label: str
    text: str
    level: int
    line: int
    appendix: bool = False


@dataclass(frozen=True)
class Outline:
    """What a manuscript is called, who wrote it, and how it is divided."""

    path: Path
    title: str
    short_title: str
    authors: tuple[str, ...]
    headings: tuple[Heading, ...]
    source: str

    def line_of(self, key: str) -> int:
        """The line of a key of the header; the first line where the header lacks it."""
        lines = enumerate(self.source.split("\n"), 1)
        return next((n for n, line in lines if line.startswith(f"{key}:")), 1)

    def place(self, key: str) -> str:
        return f"{self.path.as_posix()}, line {self.line_of(key)}"


def outline(manuscript: Path) -> Outline:
    """Read a manuscript's source.

    Raises
    ------
    Refusal
        The source cannot be read, or pandoc cannot read it.
    """
    import pypandoc

    try:
        source = manuscript.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{manuscript} must be a readable text in UTF-8: {error}") from None
    command = [pypandoc.get_pandoc_path(), "--from=commonmark_x+sourcepos", "--to=json"]
    run = subprocess.run(command, input=source, capture_output=True, encoding="utf-8")
    if run.returncode:
        raise Refusal(f"{manuscript}: {' '.join(run.stderr.split())}")
    parsed = json.loads(run.stdout)
    meta = parsed["meta"]
    return Outline(
        manuscript,
        _text(meta.get("title")),
        _text(meta.get("short-title")),
        tuple(_names(meta.get("author"))),
        tuple(_headings(parsed["blocks"])),
        source,
    )


def _headings(blocks: list[dict], appendix: bool = False) -> Iterator[Heading]:
    for block in blocks:
        if block["t"] == "Header":
            level, (label, _, pairs), inlines = block["c"]
            line = int(_POSITION.match(dict(pairs)["data-pos"])[1])
            yield Heading(label, _text(inlines), level, line, appendix)
        elif block["t"] == "Div":
            (_, classes, _), inner = block["c"]
            yield from _headings(inner, appendix or not OUTSIDE.isdisjoint(classes))


def _names(author: dict | None) -> Iterator[str]:
    """Names of the header's authors, written alone or as `name` or `given` and `family`."""
    if author is None:
        return
    if author["t"] == "MetaList":
        for one in author["c"]:
            yield from _names(one)
    elif author["t"] == "MetaMap":
        parts = author["c"]
        if parts.get("name", {}).get("t") == "MetaMap":
            parts = parts["name"]["c"]
        yield " ".join(_text(parts[key]) for key in ("name", "given", "family") if key in parts)
    else:
        yield _text(author)


def _text(value: object) -> str:
    return " ".join(plain(value or "").split())
