"""The PDF: typst source by pandoc, set in-process with the fonts that the typst wheel brings.

The file claims PDF/A-3a and PDF/UA-1 and carries its attachments.
"""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from tracedtrial.rendering.document import Document
from tracedtrial.rendering.errors import RenderError, line_of
from tracedtrial.rendering.pandoc import HERE, Pandoc, filters
from tracedtrial.rendering.source import Source

STANDARDS = ["a-3a", "ua-1"]
PARTIALS = ["typst-template.typ", "typst-show.typ"]
TYPES = {
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".txt": "text/plain",
}


def pdf(
    source: Source, document: Document, pandoc: Pandoc, attachments: Sequence[tuple[Path, str]] = ()
) -> bytes:
    """The PDF's bytes for a resolved document, with files attached by name and description."""
    import typst

    typ = typst_source(source, document, pandoc, attachments)
    compiler = typst.Compiler(input=typ.encode(), root=str(pandoc.folder), ignore_system_fonts=True)
    try:
        made, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=STANDARDS, timestamp=pandoc.created
        )
    except typst.TypstError as error:
        raise typst_failure(source, error.message) from None
    for warning in warnings:
        raise typst_failure(source, warning.message)
    return made


def typst_source(
    source: Source, document: Document, pandoc: Pandoc, attachments: Sequence[tuple[Path, str]]
) -> str:
    template = pandoc.folder / "templates"
    template.mkdir()
    copy(HERE / "main.typ", template)
    for name in source.option("template-partials", "typst") or PARTIALS:
        copy(source.path.parent / name, template)
    attached = [attachment_entry(path, text, pandoc.folder) for path, text in attachments]
    created = pandoc.created
    date = f"year: {created.year}, month: {created.month}, day: {created.day}"
    arguments = [
        "--from=json",
        "--to=typst-citations",
        f"--template={template / 'main.typ'}",
        f"--variable-json=attachments={json.dumps(attached)}",
        f"--variable=pdf-date={date}",
        *filters("typst.lua"),
    ]
    return pandoc.run(arguments, document.json)


def attachment_entry(path: Path, description: str, folder: Path) -> dict[str, str]:
    """What the template prints of an attachment, which is copied into `folder`."""
    copies = folder / "attachments"
    copies.mkdir(exist_ok=True)
    copy(path, copies)
    return {
        "name": path.name,
        "type": TYPES.get(path.suffix, "application/octet-stream"),
        "description": description,
    }


def copy(path: Path, folder: Path) -> None:
    try:
        shutil.copyfile(path, folder / path.name)
    except OSError as error:
        raise RenderError(path, None, f"cannot be read: {error.strerror}") from None


def typst_failure(source: Source, message: str) -> RenderError:
    """typst's message, at the line of the table or label that it names."""
    message = message.removeprefix("assertion failed: ")
    named = re.search(r"(?:table too wide: |<)([\w-]+)", message)
    line = line_of(source.text, named[1]) if named else None
    return RenderError(source.path, line, message)
