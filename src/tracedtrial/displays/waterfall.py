"""Panel a: each patient's best change, coloured by best confirmed response."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tracedtrial.displays.ink import BLACK, DIM, FILLS, WHITE, height, key, letter, offset, write
from tracedtrial.displays.page import wrapped
from tracedtrial.displays.printed import Printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEP = 25
CEILING = 100
OPPOSITE = 5  # per cent from 0 to a mark, on the side that the bar leaves free
CIRCLE = {
    "marker": "o",
    "markersize": 2.8,
    "markerfacecolor": WHITE,
    "markeredgecolor": BLACK,
    "markeredgewidth": 0.6,
    "linestyle": "",
}
LABEL_GAP = 3.3  # millimetres between threshold labels


def waterfall(
    axes: "Axes",
    frame: Mapping[str, Sequence],
    *,
    ylabel: str,
    thresholds: Sequence[Mapping],
    levels: Mapping[str, str],
    width: float,
    thresholds_of: str = "",
) -> None:
    """Bars from the largest rise to the deepest fall, over the lines that part the responses.

    `frame` has a row a patient: order, best_change (%; NaN if there was no assessment), response,
    one of `levels` (code to label), and unconfirmed, whether a better one was not confirmed,
    which a circle marks. A rise beyond 100% is cut there and marked. Where the lines hold for one
    parameter only, `thresholds_of` names it above their labels.
    """
    top = _top(frame["best_change"])
    _bars(axes, frame, levels, top)
    axes.set_xlim(0.25, len(frame["order"]) + 0.75)
    axes.set_ylim(-CEILING - 2, top + 2)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("Patients")
    axes.set_ylabel(wrapped(ylabel, height(axes)))
    ticks = range(-CEILING, top + 1, STEP if top - -CEILING <= 8 * STEP else 2 * STEP)
    axes.set_yticks(
        ticks, [f"{tick:+d}".replace("-", "\N{MINUS SIGN}") if tick else "0" for tick in ticks]
    )
    axes.axhline(0, color=BLACK, linewidth=0.6)
    _thresholds(
        axes, [line for line in thresholds if -CEILING <= line["change"] <= top], thresholds_of
    )
    _key(axes, frame, levels, top, width)
    letter(axes, "a")


def _top(changes: Sequence[float]) -> int:
    highest = max((change for change in changes if not math.isnan(change)), default=0)
    return min(max(STEP * math.ceil(highest / STEP), STEP), CEILING)


def _bars(axes: "Axes", frame: Mapping[str, Sequence], levels: Mapping[str, str], top: int) -> None:
    for place, change, response, unconfirmed in zip(
        *(frame[name] for name in ("order", "best_change", "response", "unconfirmed")), strict=True
    ):
        if math.isnan(change):
            axes.plot(place, 0, marker="x", color=DIM, markersize=2.6, markeredgewidth=0.7)
            continue
        colour, hatch = FILLS[list(levels).index(response) % len(FILLS)]
        axes.bar(
            place,
            min(change, top),
            width=0.78,
            color=colour,
            hatch=hatch,
            edgecolor=BLACK,
            linewidth=0.4,
            zorder=2,
        )
        if unconfirmed:
            axes.plot(place, -OPPOSITE if change > 0 else OPPOSITE, clip_on=False, **CIRCLE)
        if change > top:
            axes.plot(place, top, marker="^", color=BLACK, markersize=3, clip_on=False)


def _thresholds(axes: "Axes", thresholds: Sequence[Mapping], parameter: str) -> None:
    low, high = axes.get_ylim()
    millimetres = height(axes) / (high - low)
    heights = _apart([line["change"] * millimetres for line in thresholds])
    for line, place in zip(thresholds, heights, strict=True):
        axes.axhline(line["change"], color=DIM, linewidth=0.6, dashes=(4, 2.5), zorder=1)
        _beside(axes, place / millimetres, line["label"])
    if parameter and heights:
        _beside(axes, (max(heights) + LABEL_GAP) / millimetres, parameter)


def _beside(axes: "Axes", change: float, label: str) -> None:
    """A label right of the axes."""
    write(
        axes,
        1,
        change,
        Printed(label),
        "legend",
        color=DIM,
        va="center",
        ha="left",
        transform=offset(axes, 0.8, 0, axes.get_yaxis_transform()),
    )


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights in millimetres, moved up from the lowest where a label would touch the next."""
    placed: dict[int, float] = {}
    below = -math.inf
    for place in sorted(range(len(heights)), key=heights.__getitem__):
        placed[place] = below = max(heights[place], below + LABEL_GAP)
    return [placed[place] for place in range(len(heights))]


def shown_labels(frame: Mapping[str, Sequence], levels: Mapping[str, str]) -> list[str]:
    """The legend's entries: the responses that occur, best first, and the marks."""
    seen = {
        response
        for response, change in zip(frame["response"], frame["best_change"])
        if not math.isnan(change)
    }
    labels = [label for level, label in levels.items() if level in seen]
    if any(frame["unconfirmed"]):
        labels.append("Unconfirmed")
    if any(math.isnan(change) for change in frame["best_change"]):
        labels.append("No value")
    if any(change > CEILING for change in frame["best_change"]):
        labels.append("Beyond axis")
    return labels


def _key(
    axes: "Axes", frame: Mapping[str, Sequence], levels: Mapping[str, str], top: int, width: float
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks = {"No value": ("x", DIM), "Beyond axis": ("^", BLACK)}
    names = list(levels.values())
    handles, labels = [], shown_labels(frame, levels)
    for label in labels:
        if label == "Unconfirmed":
            handles.append(Line2D([], [], **CIRCLE))
        elif label in marks:
            shape, colour = marks[label]
            handles.append(Line2D([], [], marker=shape, color=colour, linestyle="", markersize=3))
        else:
            colour, hatch = FILLS[names.index(label) % len(FILLS)]
            handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor=BLACK, linewidth=0.4))
    key(axes, handles, [Printed(label) for label in labels], width=width, below=5.8)
