"""The manuscript source: its YAML header and its executable cells.

Fenced blocks are found by a CommonMark parser, with their lines; what the
renderer does not support is refused here or, where only pandoc sees it, in the
Lua filters. Nothing is executed in this module.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from analysis.render.errors import RenderError

CELL_OPTIONS = ("label", "tbl-cap", "fig-cap", "fig-alt", "echo", "output", "include")
EXECUTE_OPTIONS = ("echo", "enabled")
REFUSED_KEYS = (
    "cache", "crossref", "filters", "freeze", "include-after-body", "include-before-body",
    "include-in-header", "knitr", "params", "server", "shortcodes", "toc",
)  # fmt: skip
UNSUPPORTED = "not supported by the embedded renderer"


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
class Source:
    """A manuscript as written: text, merged header and cells in their order."""

    path: Path
    text: str
    header: dict[str, Any]
    project: dict[str, Any]
    cells: tuple[Cell, ...]

    def option(self, name: str, format: str) -> Any:
        """A key of the format's own options (header before project), or None."""
        for options in (self.header, self.project):
            formats = options.get("format")
            chosen = formats.get(format) if isinstance(formats, dict) else None
            if isinstance(chosen, dict) and name in chosen:
                return chosen[name]
        return None


def source(path: Path) -> Source:
    """Read a manuscript with the ``_quarto.yml`` beside it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RenderError(path, None, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RenderError(path, line, "not UTF-8 text") from None
    front = front_matter(text)
    header = yaml_mapping(path, front, offset=1)
    quarto = path.parent / "_quarto.yml"
    project = yaml_mapping(quarto, quarto.read_text("utf-8")) if quarto.exists() else {}
    refuse_keys(path, text, header)
    refuse_keys(quarto, "", project)
    return Source(path, text, header, project, tuple(cells(path, text, header | project)))


def front_matter(text: str) -> str:
    """The YAML between the opening ``---`` and the next ``---`` or ``...``; may be empty."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return ""
    ends = (n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "..."))
    return "\n".join(lines[1 : next(ends, 1)])


def yaml_mapping(
    path: Path, text: str, offset: int = 0, loader: Any = yaml.CSafeLoader
) -> dict[str, Any]:
    """The mapping that YAML text holds; lines of errors are shifted by `offset`."""
    try:
        value = yaml.load(text, Loader=loader) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 + offset if error.problem_mark else None
        raise RenderError(path, line, f"not valid YAML: {error.problem}") from None
    if not isinstance(value, dict):
        raise RenderError(path, 1 + offset, "the YAML must be a mapping of keys to values")
    return value


def refuse_keys(path: Path, text: str, header: dict[str, Any]) -> None:
    """Stop at a header key of Quarto's that would change the output and is not supported."""
    found = [key for key in REFUSED_KEYS if key in header]
    execute = header.get("execute") or {}
    found += [key for key in execute if key not in EXECUTE_OPTIONS]
    if header.get("engine", "jupyter") != "jupyter":
        found.append("engine")
    for key in found:
        lines = front_matter(text).split("\n")
        line = next((n for n, at in enumerate(lines, 2) if at.lstrip().startswith(f"{key}:")), None)
        raise RenderError(path, line, f"header key '{key}' is {UNSUPPORTED}")


def cells(path: Path, text: str, header: dict[str, Any]) -> list[Cell]:
    """The ``{python}`` cells of a manuscript, in order."""
    echo = (header.get("execute") or {}).get("echo", True)
    front = front_matter(text).count("\n") + 2 if front_matter(text) else 0
    body = "\n" * front + "\n".join(text.split("\n")[front:])
    found = []
    for token in MarkdownIt().parse(body):
        if token.type == "fence" and executable(token.info):
            first = token.map[0] + 1
            refuse_fence(path, first, token.info, token.level)
            options = {"echo": echo} | cell_options(path, first, token.content)
            found.append(Cell(first, token.map[1], token.content, options))
    refuse_repeated_labels(path, found)
    return found


def executable(info: str) -> bool:
    """Whether a fence's info string asks for execution: ``{name`` with a bare name."""
    return info.startswith("{") and info[1:2].isalpha()


def refuse_fence(path: Path, line: int, info: str, level: int) -> None:
    if info.strip() != "{python}":
        raise RenderError(path, line, f"code cell '{info.strip()}' is {UNSUPPORTED}")
    if level:
        raise RenderError(path, line, f"a code cell in a list or quotation is {UNSUPPORTED}")


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


def refuse_repeated_labels(path: Path, found: list[Cell]) -> None:
    seen: dict[str, int] = {}
    for cell in found:
        if cell.label in seen:
            earlier = f"'{cell.label}' is already the label of the cell at line {seen[cell.label]}"
            raise RenderError(path, cell.first, earlier)
        if cell.label:
            seen[cell.label] = cell.first


def without_cells(source: Source) -> str:
    """The source with each cell replaced by an empty ``.cell-output`` division of its number.

    Every other line keeps its place.
    """
    lines = source.text.split("\n")
    for number, cell in enumerate(source.cells):
        blank = [""] * (cell.last - cell.first - 1)
        lines[cell.first - 1 : cell.last] = [f'::: {{.cell-output number="{number}"}}', ":::", *blank]
    return "\n".join(lines)
