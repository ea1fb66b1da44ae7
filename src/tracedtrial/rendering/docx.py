"""The DOCX: by pandoc with the manuscript's reference document, then made whole.

What pandoc cannot write is put in afterwards: the authors in the properties, the running
head and note in header and footer, and tables whose columns fit their words. Every part
carries the document's date.
"""

import io
import zipfile
from datetime import datetime
from xml.sax.saxutils import escape

from tracedtrial.rendering.document import Document
from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.pandoc import Pandoc, filters
from tracedtrial.rendering.source import Source

CHANGED = ("docProps/core", "word/document", "word/header", "word/footer")
FIXED, FITTED = '<w:tblLayout w:type="fixed" />', '<w:tblLayout w:type="autofit" />'
EMPTY_FIELD = '<w:fldSimple w:instr=" DOCPROPERTY {} "><w:r><w:t xml:space="preserve"></w:t></w:r>'


def docx(source: Source, document: Document, pandoc: Pandoc, ledger: str = "") -> bytes:
    """The DOCX's bytes for a resolved document; `ledger` is the SHA-256 of its ledger."""
    output = pandoc.folder / "manuscript.docx"
    reference = source.path.parent / (source.option("reference-doc", "docx") or "reference.docx")
    if not reference.is_file():
        raise RenderError(reference, None, "no such reference document")
    arguments = [
        "--from=json",
        "--to=docx-citations",
        f"--output={output}",
        f"--reference-doc={reference.resolve()}",
        *([f"--metadata=ledger-sha256:{ledger}"] if ledger else []),
        *document.numbered,
        *filters("docx.lua"),
    ]
    pandoc.run(arguments, document.json)
    return repacked(output.read_bytes(), replacements(document), pandoc.created)


def replacements(document: Document) -> dict[str, str]:
    """What stands in the parts that pandoc wrote, and what shall stand there."""
    names = escape("; ".join(document.texts("author-meta")))
    new = {"<dc:creator></dc:creator>": f"<dc:creator>{names}</dc:creator>", FIXED: FITTED}
    for key in ("running-head", "running-note"):
        field = EMPTY_FIELD.format(key)
        new[field] = field.replace("></w:t>", f">{escape(document.text(key))}</w:t>")
    return new


def repacked(package: bytes, replacements: dict[str, str], created: datetime) -> bytes:
    stamp = max(created.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(new, "w") as out:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith(CHANGED):
                part = replaced(part.decode(), replacements).encode()
            out.writestr(zipfile.ZipInfo(name, stamp), part, zipfile.ZIP_DEFLATED, 9)
    return new.getvalue()


def replaced(text: str, replacements: dict[str, str]) -> str:
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text
