"""The document: a manuscript with its cells' outputs, values, numbers and citations in place.

It is pandoc's JSON, the common ground of all formats.
"""

import base64
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from analysis.render.cells import FIGURE
from analysis.render.errors import RenderError
from analysis.render.pandoc import Pandoc, filters
from analysis.render.source import Cell, Source, without_cells, yaml_mapping

PROJECT_ONLY = ("project", "format", "execute", "engine", "jupyter")


def document(
    source: Source,
    outputs: list[list[dict[str, Any]]],
    variables: Path,
    pandoc: Pandoc,
) -> str:
    """Resolve a manuscript whose cells have displayed `outputs`; pandoc's JSON.

    `variables` is Quarto's ``_variables.yml``: texts, nested by the dots of their names.
    """
    media = pandoc.folder / "media"
    media.mkdir()
    cells = [
        cell_context(cell, n, displayed, media)
        for n, (cell, displayed) in enumerate(zip(source.cells, outputs, strict=True))
    ]
    pandoc.write_context(
        {
            "source": source.path.name,
            "variables": variable_texts(variables),
            "cells": cells,
            "media": str(media),
        }
    )
    shared = {k: v for k, v in source.project.items() if k not in PROJECT_ONLY}
    metadata = pandoc.folder / "project.json"
    metadata.write_text(json.dumps(shared), encoding="utf-8")
    arguments = ["--from=markdown", "--to=json", f"--metadata-file={metadata}"]
    early = filters("cells.lua", "shortcodes.lua", "authors.lua", "crossref.lua")
    return pandoc.run([*arguments, *early, "--citeproc"], without_cells(source))


def cell_context(cell: Cell, number: int, displayed: list[dict], media: Path) -> dict[str, Any]:
    """What the filters know of a cell; its images are written to `media`."""
    options = {key: cell.options[key] for key in ("tbl-cap", "fig-cap", "fig-alt") if key in cell.options}
    outputs = [output_context(output, media / f"cell-{number}-{n}.png") for n, output in enumerate(displayed)]
    shown = cell.options.get("include", True) is not False
    return options | {
        "label": cell.label,
        "code": cell.code,
        "echo": shown and cell.options["echo"] is not False,
        "output": shown and cell.options.get("output", True) is not False,
        "outputs": outputs,
    }


def output_context(output: dict[str, Any], png: Path) -> dict[str, Any]:
    context = {key: output[key] for key in ("text/markdown", FIGURE, "text/plain") if key in output}
    if "image/png" in output:
        png.write_bytes(base64.b64decode(output["image/png"]))
        context["png"] = str(png)
    return context


def variable_texts(path: Path) -> dict[str, str]:
    """The leaves of ``_variables.yml`` as they are written, by their dotted names."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RenderError(path, None, f"cannot be read: {error.strerror}") from None
    return dict(leaves(yaml_mapping(path, text, loader=yaml.CBaseLoader)))


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
        raise RenderError(source.path, None, f"date must be a date (YYYY-MM-DD), but got {written!r}")
    return datetime(written.year, written.month, written.day, tzinfo=UTC)
