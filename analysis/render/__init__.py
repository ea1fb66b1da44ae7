"""Renders a manuscript."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from analysis.files import whole_file
from analysis.render.errors import RenderError

__all__ = ["RenderError", "render"]


def render(
    manuscript: Path,
    outputs: Mapping[str, Path],
    *,
    variables: Path | None = None,
    attachments: Sequence[tuple[Path, str]] = (),
) -> None:
    contents = rendered(
        manuscript,
        list(outputs),
        variables=variables or manuscript.parent / "_variables.yml",
        attachments=attachments,
    )
    with ExitStack() as stack:
        for format, path in outputs.items():
            try:
                stack.enter_context(whole_file(path)).write_bytes(contents[format])
            except OSError as error:
                raise RenderError(path, None, f"cannot be written: {error.strerror}") from None


def rendered(
    manuscript: Path,
    formats: Sequence[str],
    *,
    variables: Path,
    attachments: Sequence[tuple[Path, str]],
) -> dict[str, bytes]:
    from analysis.render import cells, document
    from analysis.render.pandoc import Pandoc
    from analysis.render.pdf import pdf
    from analysis.render.source import source

    with tempfile.TemporaryDirectory(prefix="render-") as name:
        folder = Path(name).resolve()
        read = source(manuscript)
        created = document.created(read, os.environ.get("SOURCE_DATE_EPOCH"))
        pandoc = Pandoc(manuscript, folder)
        displayed = cells.outputs(read, folder)
        resolved = document.document(read, displayed, variables, pandoc)
        return {"pdf": pdf(read, resolved, pandoc, created=created, attachments=attachments)}
