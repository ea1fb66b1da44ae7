"""Lines of text of a PDF page, from its characters and where they stand; links with their areas.

Only the character stream, geometry and link annotations are used, no tags.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

HYPHENS = {0x02: "-", 0xFFFE: "-"}  # how the reader marks a hyphen at the end of a line
LINE_ENDS = (0x0A, 0x0D)


@dataclass
class Line:
    """A line of text: its page (from 0), baseline, size of its first character, and its text.

    `xs` and `rights` hold the edges of each character, in points.
    """

    page: int
    y: float
    size: float
    font: str
    text: str = ""
    xs: list[float] = field(default_factory=list)
    rights: list[float] = field(default_factory=list)

    @property
    def x(self) -> float:
        return self.xs[0]

    def add(self, character: str, x: float, right: float) -> None:
        self.text += character
        self.xs.append(x)
        self.rights.append(right)

    def takes(self, x: float, y: float) -> bool:
        """Whether a character there goes on in this line; a superscript does."""
        return abs(y - self.y) < 0.45 * self.size and x >= self.xs[-1] - 1


@dataclass(frozen=True)
class Annotation:
    """A link within the document: its areas on a page, and the page and height it leads to."""

    page: int
    areas: tuple[tuple[float, float, float, float], ...]  # left, bottom, right, top
    to: tuple[int, float]


def page_lines(page: pypdfium2.PdfPage, index: int) -> list[Line]:
    """The lines of a page in the order in which they were set."""
    lines: list[Line] = []
    text = page.get_textpage()
    for place, character, x, y, right in _characters(text.raw):
        if not lines or not lines[-1].takes(x, y):
            if not character.strip():
                continue
            size = pdfium.FPDFText_GetFontSize(text.raw, place)
            lines.append(Line(index, y, size, _font(text.raw, place)))
        elif x - lines[-1].rights[-1] > 0.5 * lines[-1].size and lines[-1].text[-1] != " ":
            lines[-1].add(" ", lines[-1].rights[-1], x)
        lines[-1].add(character, x, right)
    return lines


def annotations(document: pypdfium2.PdfDocument, index: int) -> Iterator[Annotation]:
    """The links of a page that lead to a place in the document."""
    page = document[index]
    position, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    while pdfium.FPDFLink_Enumerate(page.raw, position, link):
        destination = _destination(document.raw, link)
        if destination:
            to_page = pdfium.FPDFDest_GetDestPageIndex(document.raw, destination)
            yield Annotation(index, tuple(_areas(link)), (to_page, _height(destination)))


def _characters(text: object) -> Iterator[tuple[int, str, float, float, float]]:
    """Place, character, origin and right edge of each character, without made-up line ends."""
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    for place in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, place)
        if code in LINE_ENDS:
            continue
        pdfium.FPDFText_GetCharBox(text, place, left, right, bottom, top)
        pdfium.FPDFText_GetCharOrigin(text, place, x, y)
        yield place, HYPHENS.get(code, chr(code)), x.value, y.value, right.value


def _font(text: object, place: int) -> str:
    buffer, flags = ctypes.create_string_buffer(256), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, place, buffer, len(buffer), flags)
    return buffer.value.decode("utf-8", "replace")


def _destination(document: object, link: object) -> object:
    found = pdfium.FPDFLink_GetDest(document, link)
    if found:
        return found
    action = pdfium.FPDFLink_GetAction(link)
    return pdfium.FPDFAction_GetDest(document, action) if action else None


def _height(destination: object) -> float:
    has_x, has_y, has_zoom = (ctypes.c_int() for _ in range(3))
    x, y, zoom = (ctypes.c_float() for _ in range(3))
    pdfium.FPDFDest_GetLocationInPage(destination, has_x, has_y, has_zoom, x, y, zoom)
    return y.value if has_y.value else float("inf")


def _areas(link: object) -> Iterator[tuple[float, float, float, float]]:
    """The quads of a link that wraps, else its rectangle."""
    count = pdfium.FPDFLink_CountQuadPoints(link)
    quad, rectangle = pdfium.FS_QUADPOINTSF(), pdfium.FS_RECTF()
    for place in range(count):
        pdfium.FPDFLink_GetQuadPoints(link, place, quad)
        xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
        yield min(xs), min(ys), max(xs), max(ys)
    if not count:
        pdfium.FPDFLink_GetAnnotRect(link, rectangle)
        yield rectangle.left, rectangle.bottom, rectangle.right, rectangle.top
