"""The reporting checklist, with the pages of the rendered PDF.

`python -m tracedtrial.release.submission.checklist` writes build/submission-parts/checklist.md,
.docx and .pdf.
"""

import os
import re
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import whole_file
from tracedtrial.inputs.protocol.reading import strict_yaml
from tracedtrial.paths import CHECKLIST, MANUSCRIPT, RENDERED, SUBMISSION_PARTS
from tracedtrial.refusal import Refusal, refusal
from tracedtrial.release.submission.outline import Outline, outline

PDF = RENDERED["pdf"]
TITLE, ABSTRACT = "title", "abstract"
HEAD = ("guideline", "title", "reference", "note")
COLUMNS = {"Item": 6, "Topic": 18, "What to report": 40, "Where (page), or why not": 36}
_SECTION_NUMBER = re.compile(r"\d+(?:\.\d+)*\s+")


@dataclass(frozen=True)
class Item:
    """One item: `where` it is reported, by section labels, or `why` it is not; in part, both."""

    number: str
    topic: str
    text: str
    where: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Place:
    """A section of the manuscript as it is called, and the page on which it begins."""

    name: str
    page: int

    def __str__(self) -> str:
        return f"{self.name} ({self.page})"


@dataclass(frozen=True)
class Checklist:
    """A guideline's items, and how the list is headed."""

    guideline: str
    title: str
    reference: str
    note: str
    items: tuple[Item, ...]


def read_checklist(path: Path = CHECKLIST) -> Checklist:
    """The checklist in a file.

    Raises
    ------
    Refusal
        The file is no YAML, lacks an entry or has an unknown one, or an item has neither a
        place nor a reason, or stands there twice.
    """
    content = strict_yaml(path)
    keys = (*HEAD, "items")
    if not isinstance(content, dict) or set(content) != set(keys):
        raise refusal("checklist", f"have the keys {', '.join(keys)}", content, str(path))
    items = tuple(_item(entry, f"{path}, item {n}") for n, entry in enumerate(content["items"], 1))
    names = [(item.number, item.topic) for item in items]
    for name in names:
        if names.count(name) > 1:
            raise refusal("item", "stand there once", " ".join(name), str(path))
    return Checklist(*(str(content[key]) for key in HEAD), items)


def _item(entry: object, place: str) -> Item:
    if not isinstance(entry, dict) or set(entry) - {"where", "why"} != {"number", "topic", "text"}:
        raise refusal("item", "have number, topic, text, and where or why", entry, place)
    if not (entry.get("where") or entry.get("why")):
        raise refusal("item", "say where it is reported, or why not", sorted(entry), place)
    where = entry.get("where", [])
    texts = [entry["number"], entry["topic"], entry["text"], entry.get("why", ""), *where]
    if not isinstance(where, list) or not all(isinstance(text, str) for text in texts):
        raise refusal("item", "hold texts, and where a list of them", entry, place)
    return Item(entry["number"], entry["topic"], entry["text"], tuple(where), entry.get("why", ""))


def places(pdf: Path, read: Outline) -> dict[str, Place]:
    """Every section of the manuscript by its label, with its page from the PDF's outline.

    Raises
    ------
    Refusal
        The PDF cannot be read, or its outline lacks a heading of the manuscript: it is older.
    """
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(pdf) as document:
            entries = [
                (entry.get_title(), entry.get_dest().get_index() + 1)
                for entry in document.get_toc()
            ]
    except (OSError, pypdfium2.PdfiumError) as error:
        raise Refusal(f"{pdf} must be a readable PDF: {error}") from None
    found = {TITLE: Place("Title page", 1)}
    if entries:
        found[ABSTRACT] = Place(*entries.pop(0))
    for heading in read.headings:
        page = _page_of(heading.text, entries)
        if page is None:
            raise refusal(
                "heading",
                f"be in the outline of {pdf}",
                heading.text,
                f"{read.path}, line {heading.line}",
            )
        found[heading.label] = Place(heading.text, page)
    return found


def _page_of(text: str, entries: list[tuple[str, int]]) -> int | None:
    """The page of the next entry with that text; entries up to it are used up."""
    for place, (title, page) in enumerate(entries):
        if text in (title, _SECTION_NUMBER.sub("", title, count=1)):
            del entries[: place + 1]
            return page
    return None


def markdown(checklist: Checklist, known: Mapping[str, Place], place: str) -> str:
    """The checklist as a pipe table under its title; `place` names its file in a refusal."""
    rows = [
        (item.number, item.topic, item.text, _answer(item, known, place))
        for item in checklist.items
    ]
    head = [
        f"# {checklist.title}",
        f"{checklist.guideline}: {checklist.reference}.",
        checklist.note,
        "Pages are those of the PDF on which the sections begin.",
    ]
    table = [
        "|".join(["", *COLUMNS, ""]),
        "|".join(["", *(":" + "-" * width for width in COLUMNS.values()), ""]),
        *("|".join(["", *(cell.replace("|", "\\|") for cell in row), ""]) for row in rows),
    ]
    return "\n\n".join([*head, "\n".join(table)]) + "\n"


def _answer(item: Item, known: Mapping[str, Place], place: str) -> str:
    for label in item.where:
        if label not in known:
            raise refusal(
                f"item {item.number}, {item.topic}",
                "name a section of the manuscript",
                label,
                place,
            )
    reported = "; ".join(str(known[label]) for label in item.where)
    if not item.why:
        return reported
    return f"{reported}, in part. {item.why}" if reported else f"Not reported. {item.why}"


@command
def main() -> None:
    """Write the checklist in three formats."""
    from tracedtrial.release.submission.sheet import docx, pdf
    from tracedtrial.rendering.document import created
    from tracedtrial.rendering.source import source

    checklist, read = read_checklist(), outline(MANUSCRIPT)
    text = markdown(checklist, places(PDF, read), CHECKLIST.as_posix())
    date = created(source(MANUSCRIPT), os.environ.get("SOURCE_DATE_EPOCH"))
    made = {
        ".md": text.encode(),
        ".docx": docx(text, date),
        ".pdf": pdf(text, date, title=f"{checklist.title}: {checklist.guideline}"),
    }
    with ExitStack() as stack:
        for suffix, content in made.items():
            stack.enter_context(whole_file(SUBMISSION_PARTS / f"checklist{suffix}")).write_bytes(
                content
            )


if __name__ == "__main__":
    sys.exit(main())
