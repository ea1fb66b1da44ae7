"""A page of Markdown as a Word document and as a PDF, which carry a date that is given."""

import json
import os
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

from tracedtrial.refusal import Refusal
from tracedtrial.rendering.docx import repacked

STANDARDS = ["a-3a", "ua-1"]
STYLE = """#set document(title: {title}, date: datetime(year: {year}, month: {month}, day: {day}))
#set page(paper: "a4", margin: 20mm, numbering: "1")
#set text(font: "Libertinus Serif", size: 9pt, lang: {language}, hyphenate: false)
#set par(leading: 0.5em, spacing: 0.9em)
#show heading: set block(below: 1.2em)
#show figure: set block(breakable: true)
#set table(stroke: none, inset: (x: 4pt, y: 3pt))
#set table.hline(stroke: 0.6pt)
"""


def docx(text: str, created: datetime) -> bytes:
    """The Markdown as a Word document."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "sheet.docx"
        _pandoc(text, created, "--to=docx", f"--output={output}")
        return repacked(output.read_bytes(), {}, created)


def pdf(text: str, created: datetime, *, title: str, language: str = "en") -> bytes:
    """The Markdown as a PDF (PDF/A-3a, PDF/UA-1) with small print and tables that may break."""
    import typst

    style = STYLE.format(
        title=json.dumps(title, ensure_ascii=False),
        year=created.year,
        month=created.month,
        day=created.day,
        language=json.dumps(language),
    )
    source = style + _pandoc(text, created, "--to=typst")
    compiler = typst.Compiler(input=source.encode(), ignore_system_fonts=True)
    try:
        return compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=created)
    except typst.TypstError as error:
        raise Refusal(f"'{title}' cannot be set as PDF: {error.message}") from None


def _pandoc(text: str, created: datetime, *words: str) -> str:
    import pypandoc

    known = os.environ | {"SOURCE_DATE_EPOCH": str(int(created.timestamp()))}
    run = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from=markdown", *words],
        input=text,
        env=known,
        capture_output=True,
        encoding="utf-8",
    )
    if run.returncode:
        raise Refusal(f"pandoc must read the sheet, but said: {' '.join(run.stderr.split())}")
    return run.stdout
