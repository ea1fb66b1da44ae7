"""Every text that a file holds: what is printed, and what lies beside it.

PDF: pages, attachments, and the strings of every other object (metadata, alternative texts,
annotations). DOCX and zips: every member, by its own kind. HTML, XML and SVG: the text without its
tags, the source with them, embedded images. PNG and TIFF: their metadata. JSON: each value with the
way to it. Anything else: its text, or the printable strings of its bytes.
"""

import base64
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from tracedtrial.refusal import Refusal
from tracedtrial.release.privacy.scan import Piece

INLINE = re.compile(
    r"<(?:/?(?:w:r|w:t|w:rPr|w:b|w:i|w:rStyle|w:hyperlink|w:proofErr|w:bookmark\w+|"
    r"span|a|b|i|u|em|strong|sub|sup|code|tspan|italic|bold|xref|monospace|wbr|"
    r"mark|g:\w+)(?=[\s/>])[^>]*|!--.*?--)>",
    re.S,
)
CELL = re.compile(r"</(?:td|th|w:tc)>")
TAG = re.compile(r"<[^>]*>")
EMBEDDED = re.compile(r"data:[\w/+.-]*(?:;[\w=-]+)*?(;base64)?,([A-Za-z0-9+/=%_.~!*'()-]{24,})")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.S)
HEX_STRING = re.compile(rb"<(feff[0-9a-f\s]+|[0-9a-f\s]{8,})>", re.I)
PRINTABLE = re.compile(rb"[\t\n\r\x20-\x7e]{4,}")
WIDE = re.compile(rb"(?:\x00[\x20-\x7e]){4,}")
MARKUP = (".html", ".xml", ".svg", ".rels", ".xhtml")
CODE = (".py", ".sql", ".lua", ".typ", ".toml")
IMAGES = (b"\x89PNG", b"II*\0", b"MM\0*", b"\xff\xd8\xff")


def pieces(name: str, content: bytes) -> Iterator[Piece]:
    """The texts of a file called `name`, its kind told from its bytes where they tell.

    Raises
    ------
    Refusal
        The file is damaged, so that not all of its texts can be read.
    """
    yield Piece("its name", name, table=False)
    try:
        yield from _by_kind(name, content)
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError, ValueError) as error:
        raise Refusal(f"{name} must be readable to be searched, but is damaged: {error}") from None


def _by_kind(name: str, content: bytes) -> Iterator[Piece]:
    if content.startswith(b"%PDF"):
        yield from _pdf(content)
    elif content.startswith(b"PK\3\4"):
        yield from _zip(content)
    elif content.startswith(b"\x1f\x8b"):
        yield from _within("unpacked", pieces(name.removesuffix(".gz"), gzip.decompress(content)))
    elif content.startswith(b"PAR1"):
        yield Piece("Parquet", "", rows=True)
    elif content.startswith(IMAGES):
        yield from _image(content)
    else:
        yield from _text(name, content)


def _text(name: str, content: bytes) -> Iterator[Piece]:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError:
        yield from _strings("bytes", content)
        return
    yield Piece("", text, table=not name.endswith(CODE))
    if name.endswith(MARKUP) or text.lstrip()[:1] == "<":
        yield from _markup(text)
    elif name.endswith(".json"):
        yield Piece("values", "\n".join(dict.fromkeys(_values("", json.loads(text)))))


def _markup(text: str) -> Iterator[Piece]:
    """The text without tags (a cell ends with a tab, a block with the line), and images in it."""
    bare = TAG.sub("\n", CELL.sub("\t", INLINE.sub("", text)))
    yield Piece("text", html.unescape(re.sub(r"\t\s*", "\t", bare)))
    yield Piece("entities", html.unescape(text), table=False)
    for number, found in enumerate(EMBEDDED.finditer(text), 1):
        raw = unquote_to_bytes(found[2])
        inner = base64.b64decode(raw + b"=" * (-len(raw) % 4)) if found[1] else raw
        yield from _within(f"embedded {number}", pieces("", inner))


def _values(way: str, value: object) -> Iterator[str]:
    """The keys of each record, as a header; `way.to.it: value` where it has `age`."""
    if isinstance(value, dict):
        yield ",".join(map(str, value))
        for key, inner in value.items():
            yield from _values(f"{way}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(way, inner)
    elif "age" in way.casefold():
        yield f"{way}: {value}"


def _zip(content: bytes) -> Iterator[Piece]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield Piece("comment", archive.comment.decode("utf-8", "replace"), table=False)
        for entry in archive.infolist():
            if entry.comment:
                yield Piece(f"{entry.filename}, comment", entry.comment.decode("utf-8", "replace"))
            if not entry.is_dir():
                yield from _within(entry.filename, pieces(entry.filename, archive.read(entry)))


def _within(place: str, inner: Iterator[Piece]) -> Iterator[Piece]:
    for piece in inner:
        yield replace(piece, place=f"{place}, {piece.place}" if piece.place else place)


def _image(content: bytes) -> Iterator[Piece]:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        image.load()
        known = {**image.info, **dict(getattr(image, "text", {})), **dict(image.getexif())}
        tags = dict(getattr(image, "tag_v2", {}))
    shown = (
        value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for value in (*known, *known.values(), *tags.values())
        if value is not None
    )
    yield Piece("metadata", "\n".join(shown), table=False)
    yield from _strings("bytes", content)


def _strings(place: str, content: bytes) -> Iterator[Piece]:
    narrow = "\n".join(found[0].decode("ascii") for found in PRINTABLE.finditer(content))
    wide = "\n".join(found[0].decode("utf-16-be") for found in WIDE.finditer(content))
    yield Piece(place, f"{narrow}\n{wide}", table=False)


def _pdf(content: bytes) -> Iterator[Piece]:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as document:
            for number, page in enumerate(document, 1):
                yield Piece(f"page {number}", page.get_textpage().get_text_bounded())
            yield Piece("metadata", "\n".join(document.get_metadata_dict().values()), table=False)
            found = map(document.get_attachment, range(document.count_attachments()))
            attached = [(each.get_name(), bytes(each.get_data())) for each in found]
    except pypdfium2.PdfiumError as error:
        raise ValueError(error) from None
    for name, inner in attached:
        yield from _within(name, pieces(name, inner))
    yield from _objects(content, {inner for _, inner in attached})


def _objects(content: bytes, known: set[bytes]) -> Iterator[Piece]:
    """Strings of every object but those `known`: titles, notes, alternative texts."""
    bodies = [STREAM.sub(b"", content)]
    for found in STREAM.finditer(content):
        try:
            bodies.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            bodies.append(found[1])
    for number, body in enumerate(bodies):
        if body in known:
            continue
        hexed = (
            bytes.fromhex(found[1].decode()[: len(found[1]) // 2 * 2])
            for found in HEX_STRING.finditer(body)
            if len(b"".join(found[1].split())) % 2 == 0
        )
        yield from _strings(f"object {number}", body + b"\n" + b"\n".join(hexed))
