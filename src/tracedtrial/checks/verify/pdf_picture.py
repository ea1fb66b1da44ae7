"""Whether the picture on a page of a PDF is the one that the build drew.

The built picture is set on a page of its own at the same place and width; both pages are drawn
by the same rasteriser and compared.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from PIL.Image import Image

SCALE = 1.5  # pixels per point: a digit of 7 points is 6 by 11 pixels
SMALLEST = 0.05  # of the page: what is smaller is no figure
BLOCK, TOLERANCE = 2, 24  # of 255, in the mean of a block of pixels


def same_picture(path: Path, index: int, y: float, built: Path) -> bool:
    """Whether the picture above the height `y` of a page looks as the SVG or PNG at `built` does.

    `built` is given without its extension; a bitmap is compared with the PNG.
    """
    from PIL import ImageChops

    with pypdfium2.PdfDocument(path) as document:
        page = document[index]
        box, kind = _picture_above(page, y)
        if box is None:
            return False
        extension = ".png" if kind == pdfium.FPDF_PAGEOBJ_IMAGE else ".svg"
        alone = _set_alone(built.with_suffix(extension), box, page.get_size())
        with pypdfium2.PdfDocument(alone) as other:
            pictures = [_drawn(each, box) for each in (page, other[0])]
    return ImageChops.difference(*pictures).reduce(BLOCK).getextrema()[1] <= TOLERANCE


def _picture_above(page: pypdfium2.PdfPage, y: float) -> tuple[tuple[float, ...] | None, int]:
    """Bounds and kind of the nearest drawn object above a height that is as large as a figure."""
    width, height = page.get_size()
    found = [
        (item.get_bounds(), item.type)
        for item in page.get_objects(max_depth=3)
        if item.type != pdfium.FPDF_PAGEOBJ_TEXT
    ]
    large = [
        (bottom, -(right - left), (left, bottom, right, top), kind)
        for (left, bottom, right, top), kind in found
        if bottom > y and (right - left) * (top - bottom) > SMALLEST * width * height
    ]
    return min(large)[2:] if large else (None, 0)


def _set_alone(picture: Path, box: tuple[float, ...], size: tuple[float, float]) -> bytes:
    """A PDF page of that size with the picture where the box is."""
    import typst

    left, bottom, right, top = box
    source = (
        f"#set page(width: {size[0]}pt, height: {size[1]}pt, margin: 0pt)\n"
        f"#place(dx: {left}pt, dy: {size[1] - top}pt, "
        f'image("/{picture.name}", width: {right - left}pt, height: {top - bottom}pt))'
    )
    compiler = typst.Compiler(
        input=source.encode(), root=str(picture.parent.resolve()), ignore_system_fonts=True
    )
    return compiler.compile(format="pdf")


def _drawn(page: pypdfium2.PdfPage, box: tuple[float, ...]) -> "Image":
    width, height = page.get_size()
    left, bottom, right, top = box
    edges = (left, bottom, width - right, height - top)
    return page.render(scale=SCALE, crop=edges, grayscale=True).to_pil().convert("L")
