"""The manuscript source: its header, the project's settings, its cells and the files it includes.

What the renderer does not support is refused here or, where only pandoc sees it, in
the Lua filters. Nothing is executed in this module.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.markdown import UNSUPPORTED, Cell, Page, front_matter, page, yaml_mapping

EXECUTE_OPTIONS = ("echo", "enabled")
REFUSED_KEYS = (
    "cache",
    "crossref",
    "filters",
    "freeze",
    "include-after-body",
    "include-before-body",
    "include-in-header",
    "knitr",
    "params",
    "server",
    "shortcodes",
    "toc",
)


@dataclass(frozen=True)
class Source:
    """A manuscript as written; `included` holds the texts of included files by their paths."""

    path: Path
    text: str
    page: Page
    header: dict[str, Any]
    project: dict[str, Any]
    included: dict[str, str]

    @property
    def cells(self) -> tuple[Cell, ...]:
        return self.page.cells

    @property
    def echo(self) -> bool:
        """Whether cells show their code where they do not say."""
        execute = (self.project | self.header).get("execute") or {}
        return execute.get("echo", True) is not False

    def option(self, name: str, format: str) -> Any:
        """A key of the format's own options (header before project), or None."""
        for settings in (self.header, self.project):
            formats = settings.get("format")
            chosen = formats.get(format) if isinstance(formats, dict) else None
            if isinstance(chosen, dict) and name in chosen:
                return chosen[name]
        return None


def source(path: Path, *, without: Collection[str] = ()) -> Source:
    """Read a manuscript with the ``_quarto.yml`` beside it and the files that it includes.

    Included files named in `without` are not read: a build has yet to make them.
    """
    text = text_of(path)
    header = yaml_mapping(path, front_matter(text), offset=1)
    settings = path.parent / "_quarto.yml"
    project = yaml_mapping(settings, text_of(settings)) if settings.exists() else {}
    refuse_keys(path, text, header)
    refuse_keys(settings, "", project)
    body = page(path, text)
    return Source(
        path, text, body, header, project, dict(included(path, body, (path.name,), without))
    )


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RenderError(path, None, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RenderError(path, line, "not UTF-8 text") from None


def included(path: Path, body: Page, within: tuple[str, ...], without: Collection[str] = ()) -> Any:
    """Names and texts of the files that a page includes, and of those that these include."""
    folder = path.parent
    for line, name in body.includes:
        if name in without:
            continue
        if name in within or not (folder / name).is_file():
            why = "it includes itself" if name in within else "no such file"
            raise RenderError(path, line, f"cannot include '{name}': {why}")
        inner = page(folder / name, text_of(folder / name))
        if inner.cells:
            message = f"a code cell in an included file is {UNSUPPORTED}"
            raise RenderError(folder / name, inner.cells[0].first, message)
        yield name, inner.text
        yield from included(folder / name, inner, (*within, name), without)


def refuse_keys(path: Path, text: str, header: dict[str, Any]) -> None:
    """Stop at a header key of Quarto's that would change the output and is not supported."""
    found = [key for key in REFUSED_KEYS if key in header]
    found += [key for key in header.get("execute") or {} if key not in EXECUTE_OPTIONS]
    if header.get("engine", "jupyter") != "jupyter":
        found.append("engine")
    for key in found:
        lines = front_matter(text).split("\n")
        line = next((n for n, at in enumerate(lines, 2) if at.lstrip().startswith(f"{key}:")), None)
        raise RenderError(path, line, f"header key '{key}' is {UNSUPPORTED}")
