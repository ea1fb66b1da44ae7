"""The document: a manuscript with its cells' outputs, values, numbers and citations in place.

It is pandoc's JSON, the common ground of all formats.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from tracedtrial.rendering.cells import FIGURE
from tracedtrial.rendering.errors import RenderError, line_of
from tracedtrial.rendering.markdown import Cell, yaml_mapping
from tracedtrial.rendering.pandoc import Pandoc, filters
from tracedtrial.rendering.source import Source, text_of

MARKDOWN = "markdown-raw_html-native_divs-native_spans"
TEXT_OPTIONS = ("tbl-cap", "fig-cap", "fig-alt")
PROJECT_ONLY = ("project", "format", "execute", "engine", "jupyter")


@dataclass(frozen=True)
class Document:
    """A resolved manuscript: pandoc's JSON and the metadata in it."""

    json: str
    meta: dict[str, Any]

    def text(self, key: str) -> str:
        """A key of the metadata as plain text; empty where there is none."""
        return plain(self.meta.get(key, ""))

    def texts(self, key: str) -> list[str]:
        """A list of the metadata as plain texts."""
        return [plain(value) for value in self.meta.get(key, {"c": []})["c"]]

    @property
    def numbered(self) -> list[str]:
        """pandoc's option for numbered sections, where the manuscript asks for them."""
        return ["--number-sections"] if self.meta.get("number-sections", {}).get("c") else []


def document(
    source: Source,
    outputs: list[list[dict[str, Any]]],
    variables: Path,
    tips: dict[str, str],
    pandoc: Pandoc,
) -> Document:
    """Resolve a manuscript whose cells have displayed `outputs`.

    `variables` is Quarto's ``_variables.yml``: texts, nested by the dots of their names.
    `tips` are the texts that HTML shows at a number, by the number's anchor.
    """
    (pandoc.folder / "media").mkdir()
    pandoc.write_context(
        {
            "source": source.path.name,
            "markdown": MARKDOWN,
            "included": source.included,
            "variables": variable_texts(variables),
            "cells": cell_contexts(source, outputs, pandoc.folder / "media"),
            "media": str(pandoc.folder / "media"),
            "tips": tips,
        }
    )
    shared = {k: v for k, v in source.project.items() if k not in PROJECT_ONLY}
    metadata = pandoc.folder / "project.json"
    metadata.write_text(json.dumps(shared), encoding="utf-8")
    arguments = [f"--from={MARKDOWN}", "--to=json", f"--metadata-file={metadata}"]
    early = filters("cells.lua", "shortcodes.lua", "authors.lua", "crossref.lua", "refuse.lua")
    resolved = pandoc.run([*arguments, *early, "--citeproc"], source.page.text)
    return Document(resolved, json.loads(resolved)["meta"])


def plain(value: Any) -> str:
    """The text of any part of pandoc's JSON."""
    return "".join(pieces(value))


def pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from pieces(part)
    elif isinstance(value, dict):
        if value["t"] in ("Space", "SoftBreak", "LineBreak"):
            yield " "
        elif value["t"] in ("Link", "Span", "Code"):
            yield from pieces(value["c"][1])
        else:
            yield from pieces(value.get("c", ""))


def cell_contexts(
    source: Source, outputs: list[list[dict[str, Any]]], media: Path
) -> list[dict[str, Any]]:
    return [
        cell_context(source, cell, displayed, media / f"cell-{n}")
        for n, (cell, displayed) in enumerate(zip(source.cells, outputs, strict=True))
    ]


def cell_context(source: Source, cell: Cell, displayed: list[dict], media: Path) -> dict[str, Any]:
    """What the filters know of a cell; its images are written beside `media`."""
    shown = cell.options.get("include", True) is not False
    pictures = (media.with_name(f"{media.name}-{n}.png") for n in range(len(displayed)))
    return {
        **{key: cell.options[key] for key in TEXT_OPTIONS if key in cell.options},
        "label": cell.label,
        "code": cell.code,
        "echo": shown and cell.options.get("echo", source.echo) is not False,
        "output": shown and cell.options.get("output", True) is not False,
        "outputs": [
            output_context(source, cell, output, picture)
            for output, picture in zip(displayed, pictures)
        ],
    }


def output_context(source: Source, cell: Cell, output: dict[str, Any], png: Path) -> dict[str, Any]:
    context = {key: output[key] for key in ("text/markdown", FIGURE, "text/plain") if key in output}
    picture = built_picture(source, cell, output.get(FIGURE))
    if picture or "image/png" in output:
        png.write_bytes(picture or base64.b64decode(output["image/png"]))
        context["png"] = png.name
    return context


def built_picture(source: Source, cell: Cell, figure: dict[str, str] | None) -> bytes | None:
    """The picture of a figure that a cell names, as the build drew it."""
    if figure is None:
        return None
    path = f"{figure['folder']}/{figure['name']}.png"
    try:
        return (source.path.parent / path).read_bytes()
    except OSError:
        raise RenderError(source.path, cell.first, f"no such picture '{path}'") from None


def variable_texts(path: Path) -> dict[str, str]:
    """The leaves of ``_variables.yml`` as they are written, by their dotted names."""
    return dict(leaves(yaml_mapping(path, text_of(path), loader=yaml.CBaseLoader)))


def leaves(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{name}.{key}" if name else key)
    else:
        yield name, value


def created(source: Source, epoch: str | None) -> datetime:
    """The document's date: `epoch` (SOURCE_DATE_EPOCH) or the header's own, at midnight UTC."""
    if epoch:
        return datetime.fromtimestamp(int(epoch), UTC)
    written = source.header.get("date")
    if type(written) is not date:
        shown = "none" if written is None else repr(str(written))
        line = line_of(source.text, "date:")
        raise RenderError(source.path, line, f"date must be a date (YYYY-MM-DD), but got {shown}")
    return datetime(written.year, written.month, written.day, tzinfo=UTC)
