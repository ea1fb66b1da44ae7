"""What of the manuscript's source is printed as it is typed.

Shortcodes, citations, references, attributes, targets of links and settings are not; prose,
captions, alt texts, code and the header's texts are. Two routes lead there: `typed` blanks the
source and keeps every place, `parsed_text` is what pandoc, the renderer's parser, reads.
"""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import yaml

from tracedtrial.rendering.source import Cell, Source, front_matter

OBJECT, NOTHING = "\ufffc", "\u200b"  # something else is printed here; nothing is
SETTINGS = (
    "bibliography",
    "csl",
    "date",
    "engine",
    "execute",
    "format",
    "jupyter",
    "lang",
    "link-citations",
    "notes-after-punctuation",
    "number-sections",
    "label",
    "echo",
    "output",
    "include",
)
MARKUP = re.compile(r"[*_`~^\[\]\\]")
SHORTCODE = re.compile(r"\{\{<\s+(var|meta|include)\s+(\S+)\s+>\}\}")
_CITATION = re.compile(r"(?<![\w\\])-?@(?:\{[^}\s]+\}|\w+(?:[:.#$%&+?<>~/-]\w+)*)")
_UNPRINTED = re.compile(
    r"<!--.*?-->"
    r"|(?<=[^\\]\])\((?:[^()\s]|\([^()\s]*\))*(?=[\s)])"  # the target of a link
    r"|\{\s*(?:[#.][\w:.-]+\s*)+(?:(?:width|height)=\S+\s*)*\}"
    r"|\[\^[^\]\s]+\]",
    re.DOTALL,
)  # the mark of a note
_DISPLAY = re.compile(r"^(?:figure|table)\((\"[\w-]+\"|'[\w-]+')\)$", re.MULTILINE)
_OPTION = re.compile(r"^#\|", re.MULTILINE)
_CODE = ("Code", "CodeBlock", "Math", "RawInline", "RawBlock")
_LINE_END = ("Para", "Plain", "Header", "MetaInlines", "CodeBlock", "RawBlock")


class Value(NamedTuple):
    """A text of the header or of a cell's options: its key and where it stands."""

    key: str
    start: int
    end: int


def typed(read: Source) -> str:
    """The source, character by character, blank where nothing is printed as it is typed."""
    shown = read.text
    for spans in (_around(read), *(_cell(read, cell) for cell in read.cells)):
        shown = _blank(shown, spans, NOTHING)
    shown = _blank(shown, (found.span() for found in _UNPRINTED.finditer(shown)), NOTHING)
    shown = _blank(shown, (found.span() for found in SHORTCODE.finditer(shown)), OBJECT)
    return _blank(shown, (found.span() for found in _CITATION.finditer(shown)), OBJECT)


def values(read: Source) -> list[Value]:
    """The texts of the header and of the cells' options, in order."""
    found = list(_values(front_matter(read.text), read.text.find("\n") + 1))
    for cell in read.cells:
        start, code, _ = _bounds(read.text, cell)
        found += _values(_OPTION.sub("  ", read.text[start:code]), start)
    return found


def parsed_text(read: Source) -> str:
    """What pandoc reads as text in the header, the body and the captions."""
    import pypandoc

    captions = [
        str(value)
        for cell in read.cells
        for key, value in cell.options.items()
        if key not in SETTINGS
    ]
    source = SHORTCODE.sub(OBJECT, "\n\n".join([read.page.text, *captions]))
    run = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from=markdown", "--to=json"],
        input=source,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    parsed = json.loads(run.stdout)
    header = [value for key, value in parsed["meta"].items() if key not in SETTINGS]
    return "".join(node_text([header, parsed["blocks"]]))


def _around(read: Source) -> Iterator[tuple[int, int]]:
    """The header, its texts left out."""
    front = front_matter(read.text)
    if front:
        start = read.text.index("\n") + 1
        yield from _gaps(0, start + len(front) + 4, _values(front, start))


def _cell(read: Source, cell: Cell) -> Iterator[tuple[int, int]]:
    """Fences, marks of options and settings of a cell, and the names that its code displays."""
    start, code, end = _bounds(read.text, cell)
    options = read.text[start:code]
    yield read.text.rfind("\n", 0, start - 1) + 1, start
    yield from _gaps(start, code, _values(_OPTION.sub("  ", options), start))
    yield from ((start + mark.start(), start + mark.end()) for mark in _OPTION.finditer(options))
    yield from (found.span(1) for found in _DISPLAY.finditer(read.text, code, end))
    yield end, end + len(read.text[end:].split("\n", 1)[0])


def _bounds(text: str, cell: Cell) -> tuple[int, int, int]:
    """Where a cell's options begin, its code begins and its code ends."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: cell.first])
    end = sum(len(line) + 1 for line in lines[: cell.last - 1])
    return start, re.compile(r"(?:#\|[^\n]*\n)*").match(text, start, end).end(), end


def _blank(text: str, spans: Iterable[tuple[int, int]], blank: str) -> str:
    """The text, the characters of the spans blank but for line ends."""
    characters = list(text)
    for start, end in spans:
        for place in range(start, min(end, len(text))):
            if characters[place] != "\n":
                characters[place] = blank
    return "".join(characters)


def _gaps(start: int, end: int, kept: Iterable[Value]) -> Iterator[tuple[int, int]]:
    """What lies between `start` and `end` outside the kept values, which are in order."""
    for value in kept:
        yield start, value.start
        start = max(start, value.end)
    yield start, end


def _values(mapping: str, offset: int) -> Iterator[Value]:
    """The scalars of a YAML mapping under the keys that are no settings."""
    root = yaml.compose(mapping, Loader=yaml.SafeLoader)
    for key, node in root.value if root else ():
        if key.value not in SETTINGS:
            for leaf in _leaves(node):
                yield Value(key.value, offset + leaf.start_mark.index, offset + leaf.end_mark.index)


def _leaves(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
        return
    for child in node.value:
        yield from _leaves(child[1] if isinstance(child, tuple) else child)


def node_text(node: object) -> Iterator[str]:
    """Text of a pandoc node: a citation's own words count, its key does not."""
    if isinstance(node, list):
        for child in node:
            yield from node_text(child)
    elif isinstance(node, dict):
        kind, content = node.get("t"), node.get("c")
        yield from _own_text(kind, content) if kind else node_text(list(node.values()))
        yield "\n" if kind in _LINE_END else ""


def _own_text(kind: str, content: object) -> Iterator[str]:
    if kind == "Str":
        yield content
    elif kind in ("Space", "SoftBreak", "LineBreak"):
        yield " "
    elif kind == "MetaString":
        yield f"{content}\n"
    elif kind in _CODE:
        yield content[1]
    elif kind == "Cite":
        yield from node_text(
            [entry[part] for entry in content[0] for part in ("citationPrefix", "citationSuffix")]
        )
    elif kind in ("Link", "Image"):
        yield from node_text(content[1])
        yield f"\n{content[2][1]}\n"
    elif kind not in ("SoftBreak", "HorizontalRule"):
        yield from node_text(content)
