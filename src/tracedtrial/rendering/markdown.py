"""What a CommonMark parser finds in a Markdown file: executable cells, comments, includes.

These stand outside pandoc's Markdown, so they are taken out before pandoc reads the rest.
Every other line keeps its place, and every finding knows its line.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tracedtrial.rendering.errors import RenderError

UNSUPPORTED = "not supported by the embedded renderer"
CELL_OPTIONS = ("label", "tbl-cap", "fig-cap", "fig-alt", "echo", "output", "include")
INCLUDE = re.compile(r"\{\{<\s+include\s+(\S+)\s+>\}\}")


@dataclass(frozen=True)
class Cell:
    """An executable cell; `first` and `last` are its fences' lines, counted from 1."""

    first: int
    last: int
    code: str
    options: dict[str, Any]

    @property
    def label(self) -> str:
        return self.options.get("label", "")


@dataclass(frozen=True)
class Page:
    """A Markdown file: its text for pandoc, its cells, and the files that it includes."""

    text: str
    cells: tuple[Cell, ...]
    includes: tuple[tuple[int, str], ...]


def page(path: Path, text: str) -> Page:
    """Read the body of a Markdown file whose front matter, if any, stays as it is."""
    lines = text.split("\n")
    front = front_matter(text).count("\n") + 2 if front_matter(text) else 0
    cells: list[Cell] = []
    includes = []
    for token in MarkdownIt().parse("\n" * front + "\n".join(lines[front:])):
        if token.type == "fence" and executable(token.info):
            cells.append(cell(path, token))
            replace(lines, token, f'::: {{.cell-output number="{len(cells) - 1}"}}', ":::")
        elif token.type == "html_block":
            refuse_html(path, token)
            replace(lines, token)
        elif token.type == "inline":
            refuse_inline_html(path, token)
            includes += included(token)
    refuse_repeated_labels(path, cells)
    return Page("\n".join(lines), tuple(cells), tuple(includes))


def included(token: Token) -> list[tuple[int, str]]:
    """The lines of a paragraph that are an include, and the files that they name."""
    lines = enumerate(token.content.split("\n"), token.map[0] + 1)
    return [(line, found[1]) for line, text in lines if (found := INCLUDE.fullmatch(text.strip()))]


def front_matter(text: str) -> str:
    """The YAML between the opening ``---`` and the next ``---`` or ``...``; may be empty."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return ""
    ends = (n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "..."))
    return "\n".join(lines[1 : next(ends, 1)])


def replace(lines: list[str], token: Token, *new: str) -> None:
    """Put `new` in the place of a token's lines, and blanks in the rest of them."""
    first, last = token.map
    lines[first:last] = [*new, *[""] * (last - first - len(new))]


def executable(info: str) -> bool:
    """Whether a fence's info string asks for execution: a brace and a bare name."""
    return info.startswith("{") and info[1:2].isalpha()


def cell(path: Path, token: Token) -> Cell:
    first = token.map[0] + 1
    if token.info.strip() != "{python}":
        raise RenderError(path, first, f"code cell '{token.info.strip()}' is {UNSUPPORTED}")
    if token.level:
        raise RenderError(path, first, f"a code cell in a list or quotation is {UNSUPPORTED}")
    return Cell(first, token.map[1], token.content, cell_options(path, first, token.content))


def cell_options(path: Path, first: int, code: str) -> dict[str, Any]:
    """The ``#|`` lines at the head of a cell, as YAML."""
    lines = code.split("\n")
    head = next((n for n, line in enumerate(lines) if not line.startswith("#|")), len(lines))
    options = yaml_mapping(path, "\n".join(line[2:] for line in lines[:head]), offset=first)
    for key in options:
        if key not in CELL_OPTIONS:
            line = first + 1 + next(n for n, at in enumerate(lines) if str(key) in at)
            raise RenderError(path, line, f"cell option '{key}' is {UNSUPPORTED}")
    return options


def refuse_html(path: Path, token: Token) -> None:
    """Only comments may stand as HTML."""
    html = token.content.strip()
    if not (html.startswith("<!--") and html.endswith("-->")):
        shown = html.partition("\n")[0]
        raise RenderError(path, token.map[0] + 1, f"raw HTML '{shown}' is {UNSUPPORTED}")


def refuse_inline_html(path: Path, token: Token) -> None:
    for child in token.children or ():
        if child.type == "html_inline":
            lines = token.content[: token.content.find(child.content)].count("\n")
            message = f"raw HTML '{child.content}' is {UNSUPPORTED}"
            raise RenderError(path, token.map[0] + 1 + lines, message)


def refuse_repeated_labels(path: Path, cells: list[Cell]) -> None:
    seen: dict[str, int] = {}
    for cell in cells:
        if cell.label in seen:
            earlier = f"'{cell.label}' is already the label of the cell at line {seen[cell.label]}"
            raise RenderError(path, cell.first, earlier)
        if cell.label:
            seen[cell.label] = cell.first


def yaml_mapping(
    path: Path, text: str, offset: int = 0, loader: Any = yaml.CSafeLoader
) -> dict[str, Any]:
    """The mapping that YAML text holds; lines of errors are shifted by `offset`."""
    try:
        value = yaml.load(text, Loader=loader) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 + offset if error.problem_mark else None
        raise RenderError(path, line, f"not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RenderError(path, None, f"not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(value, dict):
        raise RenderError(path, 1 + offset, "the YAML must be a mapping of keys to values")
    return value
