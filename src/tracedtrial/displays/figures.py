"""Figure 1: response, treatment and progression-free survival, in three panels.

`python -m tracedtrial.displays.figures` draws it from `build/panels/` and the ledger, and writes
`figures/figure-1.{pdf,svg,png,tiff}` and the list of its texts.
"""

import csv
import io
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.commands import command
from tracedtrial.displays import survival, swimmer, waterfall
from tracedtrial.displays.ink import WIDTH, drawing, key_height
from tracedtrial.displays.page import COLUMN, Box, Page, page
from tracedtrial.displays.place import trial_root
from tracedtrial.displays.printed import Numbers, Printed, read_numbers
from tracedtrial.displays.wording import level_label
from tracedtrial.paths import DRAWN, FIGURES, NUMBERS, PANELS, PROTOCOL
from tracedtrial.refusal import refusal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

DPI = 600
COLUMNS = {
    "a": ("order", "best_change", "response", "unconfirmed"),
    "b": ("order", "level", "months", "first_response", "progression", "death", "ongoing"),
    "c": ("months", "survival", "low", "high", "censored"),
}
WORDS, FLAGS = ("response", "level"), ("unconfirmed", "ongoing")
YLABEL = "Progression-free survival, %"
Frame = Mapping[str, Sequence]


@dataclass(frozen=True)
class Panels:
    """What the three panels show: a tidy frame each, and the texts and settings around them."""

    change: Frame
    treatment: Frame
    survival: Frame
    criteria: Mapping
    levels: Mapping[str, Printed]
    median: Printed
    median_months: float | None
    interval: Printed
    at_risk: Mapping[int, Printed]
    step: int


def figure_1(panels: Panels) -> "Figure":
    """The figure, 180 mm wide, as high as its patients need. Call it within `drawing()`."""
    from matplotlib.figure import Figure

    criteria = panels.criteria
    key_a = waterfall.shown_labels(panels.change, criteria["levels"])
    key_b = [label.text for label in swimmer.shown_labels(panels.levels)]
    sheet = page(
        len(panels.treatment["order"]),
        key=key_a,
        thresholds=list(
            filter(
                None,
                [criteria["thresholds_of"], *(line["label"] for line in criteria["thresholds"])],
            )
        ),
        labels=[criteria["ylabel"], YLABEL],
    )
    figure = Figure(figsize=(WIDTH / 25.4, sheet.height / 25.4), facecolor="white")
    a, b, c = (_axes(figure, sheet, box) for box in sheet.boxes(key_height(key_b, sheet.width_b)))
    waterfall.waterfall(
        a,
        panels.change,
        ylabel=criteria["ylabel"],
        width=COLUMN,
        thresholds=criteria["thresholds"],
        levels=criteria["levels"],
        thresholds_of=criteria["thresholds_of"],
    )
    swimmer.swimmer(
        b, panels.treatment, levels=panels.levels, step=panels.step, width=sheet.width_b
    )
    survival.survival_curve(
        c,
        panels.survival,
        ylabel=YLABEL,
        median=panels.median,
        median_months=panels.median_months,
        interval=panels.interval,
        at_risk=panels.at_risk,
        step=panels.step,
        width=COLUMN,
    )
    return figure


def _axes(figure: "Figure", sheet: Page, box: Box) -> "Axes":
    left, bottom, width, height = box
    return figure.add_axes(
        (left / WIDTH, bottom / sheet.height, width / WIDTH, height / sheet.height)
    )


def read_frame(path: Path, columns: Sequence[str]) -> Frame:
    """Columns of a panel's CSV: numbers with NaN for an empty cell, flags true or false.

    Other columns of the file are not read, so that nothing else can be drawn.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = csv.reader(file)
        places = {name: names.index(name) for name in columns}
    except (OSError, ValueError):
        rule = f"be a file with the columns {', '.join(columns)}"
        raise refusal("panel", rule, path.name, str(PANELS)) from None
    return {name: [_cell(name, row[place]) for row in rows] for name, place in places.items()}


def _cell(name: str, text: str) -> object:
    if name in FLAGS:
        return text.lower() in ("y", "true", "1")
    return text if name in WORDS else float(text or "nan")


def read_panels(root: Path) -> Panels:
    """What the trial's last build left for the figure."""
    from tracedtrial.inputs.protocol import read_protocol

    protocol = read_protocol(root / PROTOCOL)
    numbers = read_numbers(root / NUMBERS, "figure 1")
    a, b, c = (
        read_frame(root / PANELS / f"figure-1{letter}.csv", columns)
        for letter, columns in COLUMNS.items()
    )
    criteria = json.loads((root / PANELS / "figure-1a.json").read_text(encoding="utf-8"))
    check_known(a, "response", criteria["levels"])
    check_known(b, "level", protocol["dose_levels"])
    months = protocol["endpoints"]["pfs"]["at_risk_months"]
    return Panels(
        change=a,
        treatment=b,
        survival=c,
        criteria=criteria,
        levels={level: level_label(protocol, level) for level in protocol["dose_levels"]},
        median=median_text(numbers),
        median_months=numbers.value("pfs.median.months"),
        interval=numbers["interval.level.percent"] + " CI",
        at_risk={month: numbers[f"pfs.at_risk.m{month}"] for month in months},
        step=protocol["display"]["figure_time_axis_months"]["value"],
    )


def check_known(frame: Frame, column: str, known: Collection[str]) -> None:
    """Refuse a value that has no colour and no label."""
    strange = [value for value in frame[column] if value not in known]
    if strange:
        rule = f"be one of {', '.join(known)}"
        raise refusal(column, rule, strange[0], str(PANELS), len(strange))


def median_text(numbers: Numbers) -> Printed:
    """`Median 8.3 months (95% CI 5.6–14.1)`; NE where it is not estimable."""
    median = numbers["pfs.median.months"]
    unit = " months" if numbers.value("pfs.median.months") is not None else ""
    return (
        "Median "
        + median
        + unit
        + " ("
        + numbers["interval.level.percent"]
        + " CI "
        + numbers["pfs.median.ci"]
        + ")"
    )


def formats(figure: "Figure") -> dict[str, bytes]:
    """The figure's bytes by file name extension; the same figure gives the same bytes."""
    from concurrent.futures import ThreadPoolExecutor

    picture = _picture(figure)
    with ThreadPoolExecutor(2) as pool:  # compression leaves the processor to the vector formats
        # Pillow keeps an encoder's settings in the picture: each format needs its own copy.
        png = pool.submit(_encoded, picture.copy(), format="PNG")
        tiff = pool.submit(_encoded, picture.copy(), format="TIFF", compression="tiff_lzw")
        pdf = _saved(
            figure, format="pdf", metadata=dict.fromkeys(("CreationDate", "Creator", "Producer"))
        )
        svg = _saved(figure, format="svg", metadata=dict.fromkeys(("Date", "Creator")))
        return {"pdf": pdf, "svg": svg, "png": png.result(), "tiff": tiff.result()}


def _picture(figure: "Figure") -> "Image":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image, PngImagePlugin, TiffImagePlugin  # noqa: F401, registers the formats

    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    return pixels.convert("RGB")


def _encoded(picture: "Image", **how: str) -> bytes:
    contents = io.BytesIO()
    picture.save(contents, dpi=(DPI, DPI), **how)
    return contents.getvalue()


def _saved(figure: "Figure", **how: object) -> bytes:
    contents = io.BytesIO()
    figure.savefig(contents, **how)
    return contents.getvalue()


@command
def main() -> None:
    from tracedtrial.displays.texts import drawn_texts
    from tracedtrial.files import write_together

    root = trial_root()
    with drawing():
        figure = figure_1(read_panels(root))
        texts = drawn_texts(figure)
        files = formats(figure)
    made = {
        root / FIGURES / f"figure-1.{extension}": content for extension, content in files.items()
    }
    listed = json.dumps(texts, ensure_ascii=False, indent=1) + "\n"
    write_together(made | {root / DRAWN / "figure-1.texts.json": listed})


if __name__ == "__main__":
    sys.exit(main())
