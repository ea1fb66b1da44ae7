"""Builds the reference document of the DOCX from the parts in ``reference/``.

Run as ``python -m tracedtrial.rendering.reference manuscript/reference.docx`` after a change
of the parts. The reference document carries styles, page, header, footer and line
numbering; pandoc and Quarto take them from it.
"""

import sys
import zipfile
from pathlib import Path

from tracedtrial.files import whole_file

PARTS = {
    "[Content_Types].xml": "content-types.xml",
    "_rels/.rels": "package-rels.xml",
    "word/document.xml": "document.xml",
    "word/_rels/document.xml.rels": "document-rels.xml",
    "word/styles.xml": "styles.xml",
    "word/settings.xml": "settings.xml",
    "word/header1.xml": "header.xml",
    "word/footer1.xml": "footer.xml",
}
EARLIEST = (1980, 1, 1, 0, 0, 0)


def write_reference(path: Path) -> None:
    """Write the reference document; the same bytes each time."""
    folder = Path(__file__).parent / "reference"
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w") as package:
        for name, part in PARTS.items():
            entry = zipfile.ZipInfo(name, EARLIEST)
            package.writestr(entry, (folder / part).read_bytes())


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
