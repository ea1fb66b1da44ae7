"""Panel b: each patient's time on treatment, with what happened on the way."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tracedtrial.displays.ink import (
    BLACK,
    DIM,
    GREEN,
    GREYS,
    VERMILLION,
    WHITE,
    height,
    key,
    letter,
    offset,
)
from tracedtrial.displays.printed import Printed, capitalised
from tracedtrial.displays.timeline import month_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = {  # column: marker, fill, size in points, words
    "first_response": ("^", GREEN, 4.2, "Start of response"),
    "progression": ("D", VERMILLION, 3.4, "Progression"),
    "death": ("X", BLACK, 4.6, "Death"),
}
ONGOING = "Ongoing"
ARROW = 4.4
THICKEST = 4.0  # millimetres


def swimmer(
    axes: "Axes",
    frame: Mapping[str, Sequence],
    *,
    levels: Mapping[str, Printed],
    step: int,
    width: float,
) -> None:
    """A bar a patient from the first dose on, grouped by dose level, in the frame's order.

    `frame` has a row a patient: order, level (a key of `levels`, which holds their labels),
    months on treatment, months to first_response, progression and death (NaN if there was
    none), ongoing (true or false).
    """
    rows = sorted(
        range(len(frame["order"])),
        key=lambda row: (list(levels).index(frame["level"][row]), frame["order"][row]),
    )
    pitch = height(axes) / (len(rows) + 1)
    thickness = min(0.72, THICKEST / pitch)
    for place, row in enumerate(rows, start=1):
        patient = {column: values[row] for column, values in frame.items()}
        colour, hatch = _fill(levels, patient["level"])
        axes.barh(
            place,
            patient["months"],
            height=thickness,
            color=colour,
            hatch=hatch,
            edgecolor=BLACK,
            linewidth=0.4,
            zorder=2,
        )
        _events(axes, place, patient, scale=min(1.0, pitch / 2.6))
    axes.set_ylim(len(rows) + 1, 0)
    axes.set_yticks([])
    axes.set_ylabel("Patients")
    month_axis(axes, _longest(frame), step)
    _key(axes, levels, width)
    letter(axes, "b")


def _events(axes: "Axes", place: int, patient: Mapping, *, scale: float) -> None:
    times = [patient[column] for column in MARKS if not math.isnan(patient[column])]
    if times and max(times) > patient["months"]:
        axes.plot(
            [patient["months"], max(times)],
            [place, place],
            color=DIM,
            linewidth=0.6,
            dashes=(2, 1.5),
            zorder=1,
        )
    for column, (marker, colour, size, _) in MARKS.items():
        if not math.isnan(patient[column]):
            axes.plot(
                patient[column],
                place,
                marker=marker,
                markersize=size * scale,
                zorder=3,
                markerfacecolor=colour,
                markeredgecolor=WHITE,
                markeredgewidth=0.35,
                clip_on=False,
            )
    if patient["ongoing"]:
        axes.plot(
            patient["months"],
            place,
            marker=">",
            color=BLACK,
            markersize=ARROW * scale,
            markeredgewidth=0,
            transform=offset(axes, 1.0, 0, axes.transData),
            clip_on=False,
            zorder=3,
        )


def _fill(levels: Mapping[str, Printed], level: str) -> tuple[str, str]:
    return GREYS[list(levels).index(level) % len(GREYS)]


def _longest(frame: Mapping[str, Sequence]) -> float:
    times = [time for column in ("months", *MARKS) for time in frame[column]]
    return max((time for time in times if not math.isnan(time)), default=1.0)


def shown_labels(levels: Mapping[str, Printed]) -> list[Printed]:
    """The legend's entries: the dose levels, then the marks."""
    marks = [words for *_, words in MARKS.values()]
    return [*map(capitalised, levels.values()), *map(Printed, [*marks, ONGOING])]


def _key(axes: "Axes", levels: Mapping[str, Printed], width: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list = []
    for level in levels:
        colour, hatch = _fill(levels, level)
        handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor=BLACK, linewidth=0.4))
    shapes = [
        *((marker, colour, size) for marker, colour, size, _ in MARKS.values()),
        (">", BLACK, ARROW),
    ]
    for marker, colour, size in shapes:
        handles.append(
            Line2D(
                [],
                [],
                linestyle="",
                marker=marker,
                markersize=size,
                markerfacecolor=colour,
                markeredgecolor=WHITE,
                markeredgewidth=0.35,
            )
        )
    key(axes, handles, shown_labels(levels), width=width, below=11.0)
