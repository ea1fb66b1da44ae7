"""What the panels are drawn with: colours, hatches, fonts, and a page measured in millimetres.

Colours are those of Okabe and Ito (2008), told apart by people with colour-vision deficiency.
A hatch, marker or line style says the same, so that a panel reads in grey.
"""

import atexit
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.displays.printed import Printed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from matplotlib.text import Text

MILLIMETRE = 72 / 25.4  # points
WIDTH = 180.0  # millimetres, a journal's full page width
POINTS = 8.0  # 7 points where the manuscript shows the figure at 155 mm
LINE = 3.6  # millimetres from one line of text to the next
KEY_ROW = 4.1
LETTER, ABOVE_AXES = 11.0, 2.2  # millimetres left of the axes and above them
KEY_MARK = 8.8  # millimetres that an entry of a legend takes beside its words

BLACK, WHITE = "#000000", "#FFFFFF"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION = "#0072B2", "#D55E00"
DIM = "#595959"

FILLS = (
    (BLACK, ""),
    (BLUE, ""),
    (SKY, "//////"),
    (GREEN, "....."),
    (YELLOW, ""),
    (ORANGE, "\\\\\\\\\\\\"),
    (VERMILLION, "xxxxx"),
    (WHITE, ""),
)
GREYS = (
    ("#DEDEDE", ""),
    ("#8F8F8F", ""),
    ("#DEDEDE", "//////"),
    ("#BDBDBD", "....."),
    ("#8F8F8F", "xxxxx"),
    (WHITE, ""),
)

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": POINTS,
    "axes.labelsize": POINTS,
    "xtick.labelsize": POINTS,
    "ytick.labelsize": POINTS,
    "legend.fontsize": POINTS,
    "axes.linewidth": 0.6,
    "axes.labelpad": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "hatch.linewidth": 0.45,
    "lines.linewidth": 1.1,
    "patch.linewidth": 0.5,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "figure",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib with the settings above only: nothing from a home, a locale or system fonts."""
    _configuration_folder()
    import matplotlib
    from matplotlib import font_manager

    bundled = str(Path(matplotlib.get_data_path()) / "fonts")
    fonts = font_manager.fontManager
    everything = fonts.ttflist
    fonts.ttflist = [font for font in everything if font.fname.startswith(bundled)]
    try:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(STYLE)
            yield
    finally:
        fonts.ttflist = everything


def _configuration_folder() -> None:
    """Matplotlib keeps a font cache at home; without a home it gets a temporary folder."""
    home = Path(os.environ.get("HOME", "/nonexistent"))
    if "MPLCONFIGDIR" not in os.environ and not os.access(home, os.W_OK):
        folder = tempfile.mkdtemp(prefix="matplotlib-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["MPLCONFIGDIR"] = folder


def text_width(text: str, points: float = POINTS) -> float:
    """Width of a text in millimetres."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family=STYLE["font.family"])
    return TextPath((0, 0), text, size=points, prop=font).get_extents().width / MILLIMETRE


def height(axes: "Axes") -> float:
    """Height of the axes in millimetres."""
    return axes.bbox.height / axes.figure.dpi * 25.4


def write(axes: "Axes", x: float, y: float, text: Printed, kind: str, **how: object) -> "Text":
    """A text that knows what it prints and its kind; neither clipped nor parsed."""
    artist = axes.text(x, y, text.text, clip_on=False, parse_math=False, **how)
    artist.printed, artist.kind = text, kind
    return artist


def letter(axes: "Axes", name: str) -> "Text":
    """The panel's letter, above the axes and left of their labels."""
    axes.set_label(name)
    return write(
        axes,
        0,
        1,
        Printed(name),
        "panel letter",
        fontsize=POINTS + 2,
        weight="bold",
        ha="left",
        va="bottom",
        transform=offset(axes, -LETTER, ABOVE_AXES),
    )


def offset(axes: "Axes", right: float, up: float, transform: object = None) -> object:
    """The axes' own coordinates (or the given ones), moved by millimetres."""
    from matplotlib.transforms import ScaledTranslation

    move = ScaledTranslation(right / 25.4, up / 25.4, axes.figure.dpi_scale_trans)
    return (transform or axes.transAxes) + move


def key_columns(labels: Sequence[str], width: float) -> int:
    """How many entries of a legend fit side by side into so many millimetres."""
    widths = [text_width(label) + KEY_MARK for label in labels]
    fitting = (
        columns
        for columns in range(len(labels), 1, -1)
        if sum(max(widths[first::columns]) for first in range(columns)) <= width
    )
    return next(fitting, 1)


def key_height(labels: Sequence[str], width: float) -> float:
    """Height of that legend, in millimetres."""
    return KEY_ROW * math.ceil(len(labels) / key_columns(labels, width))


def key(
    axes: "Axes",
    handles: Sequence["Artist"],
    labels: Sequence[Printed],
    *,
    width: float,
    below: float,
) -> "Legend":
    """The panel's legend, so many millimetres below its axes; it reads line by line."""
    columns = key_columns([label.text for label in labels], width)
    order = [row for first in range(columns) for row in range(first, len(labels), columns)]
    handles, labels = [handles[row] for row in order], [labels[row] for row in order]
    legend = axes.legend(
        handles,
        [label.text for label in labels],
        ncols=columns,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=offset(axes, 0, -below),
        borderpad=0,
        borderaxespad=0,
        handlelength=1.6,
        handleheight=0.9,
        handletextpad=0.5,
        columnspacing=1.0,
        labelspacing=0.4,
    )
    for artist, label in zip(legend.get_texts(), labels, strict=True):
        artist.printed = label
        artist.set_parse_math(False)
    return legend
