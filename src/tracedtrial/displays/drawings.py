"""Declared figures: Kaplan-Meier curves by group with their numbers at risk.

`python -m tracedtrial.displays.drawings` draws each from its panel and the ledger, and writes
`figures/NAME.{pdf,svg,png,tiff}` and the list of its texts.
"""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.analyses.declared.displays import DeclaredFigure, read_displays
from tracedtrial.commands import command
from tracedtrial.displays.declared import groups_of
from tracedtrial.displays.figures import formats
from tracedtrial.displays.ink import (
    ABOVE_AXES,
    BLACK,
    BLUE,
    GREEN,
    LINE,
    ORANGE,
    SKY,
    VERMILLION,
    WIDTH,
    drawing,
    key,
    offset,
    write,
)
from tracedtrial.displays.place import trial_root
from tracedtrial.displays.printed import Numbers, Printed, capitalised, read_numbers
from tracedtrial.displays.timeline import month_axis
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import ANALYSES, DRAWN, FIGURES, NUMBERS, PANELS, PROTOCOL
from tracedtrial.refusal import refusal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (BLUE, VERMILLION, GREEN, BLACK, ORANGE, SKY)
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (4, 1.5),
    (1.5, 1.5),
    (6, 1.5, 1.5, 1.5),
    (8, 2),
    (1, 1),
)
LEFT, RIGHT, ABOVE, HIGH, KEY = 30.0, 6.0, 4.0, 62.0, 8.0  # millimetres
AT_RISK = 13.2  # millimetres from the axes to the first line under them


@dataclass(frozen=True)
class Group:
    """One curve: its label, its points, and the numbers at risk by month."""

    label: Printed
    points: Sequence[Mapping[str, float]]
    at_risk: Mapping[float, Printed]


def survival_by_group(groups: Sequence[Group], *, ylabel: str, step: int) -> "Figure":
    """The curves in percent, 180 mm wide, numbers at risk and legend under them."""
    from matplotlib.figure import Figure

    if len(groups) > len(COLOURS):
        raise refusal("a figure", f"draw at most {len(COLOURS)} groups", len(groups), str(ANALYSES))
    under = AT_RISK + LINE * (len(groups) + 1) + KEY
    high = ABOVE + HIGH + under
    figure = Figure(figsize=(WIDTH / 25.4, high / 25.4), facecolor="white")
    box = (LEFT / WIDTH, under / high, (WIDTH - LEFT - RIGHT) / WIDTH, HIGH / high)
    axes = figure.add_axes(box, label="a")
    for place, group in enumerate(groups):
        _curve(axes, group, place)
    axes.set_ylim(0, 102)
    axes.set_yticks(range(0, 101, 25), [str(tick) for tick in range(0, 101, 25)])
    axes.set_ylabel(ylabel)
    longest = max([point["months"] for group in groups for point in group.points], default=1.0)
    month_axis(axes, max(longest, *(m for g in groups for m in [*g.at_risk, 1.0])), step)
    _numbers_at_risk(axes, groups)
    _key(axes, groups)
    return figure


def _curve(axes: "Axes", group: Group, place: int) -> None:
    months = [point["months"] for point in group.points]
    percent = [100 * point["survival"] for point in group.points]
    colour, dashes = COLOURS[place], DASHES[place]
    (line,) = axes.step(months, percent, where="post", color=colour, zorder=3)
    if dashes:
        line.set_dashes(dashes)
    times = [
        (point["months"], 100 * point["survival"]) for point in group.points if point["censored"]
    ]
    axes.plot(
        *(zip(*times, strict=True) if times else ((), ())),
        linestyle="",
        marker="|",
        color=colour,
        markersize=4.5,
        markeredgewidth=0.8,
        zorder=4,
        clip_on=False,
    )


def _numbers_at_risk(axes: "Axes", groups: Sequence[Group]) -> None:
    """A line a group under the axis, its label on the left."""
    title = Printed("Number at risk")
    where = offset(axes, -LEFT + 2, -AT_RISK)
    write(axes, 0, 0, title, "axis label", ha="left", va="baseline", transform=where)
    for place, group in enumerate(groups, 1):
        down = -AT_RISK - LINE * place
        kind = "ledger" if group.label.parts else "axis label"
        where = offset(axes, -LEFT + 2, down)
        write(axes, 0, 0, group.label, kind, ha="left", va="baseline", transform=where)
        below = offset(axes, 0, down, axes.get_xaxis_transform())
        for month, text in group.at_risk.items():
            write(axes, month, 0, text, "ledger", ha="center", va="baseline", transform=below)


def _key(axes: "Axes", groups: Sequence[Group]) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for place, _ in enumerate(groups):
        handle = Line2D([], [], color=COLOURS[place])
        if DASHES[place]:
            handle.set_dashes(DASHES[place])
        handles.append(handle)
    handles.append(Line2D([], [], linestyle="", marker="|", color=BLACK, markersize=4.5))
    labels = [*(group.label for group in groups), Printed("Censored")]
    below = AT_RISK + LINE * len(groups) + ABOVE_AXES
    key(axes, handles, labels, width=WIDTH - LEFT - RIGHT, below=below)


def read_groups(
    root: Path, declared: DeclaredFigure, numbers: Numbers, protocol: dict
) -> list[Group]:
    """The figure's curves, from its panel and the ledger."""
    points: dict[str, list[dict[str, float]]] = {}
    with (root / PANELS / f"{declared.name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            part = row.pop("group") or ""
            held = {name: float(text or "nan") for name, text in row.items()}
            points.setdefault(part, []).append(held)
    return [
        Group(capitalised(label), points.get(part, []), _at_risk(declared.analysis, part, numbers))
        for part, label in groups_of(numbers, declared.analysis, protocol).items()
    ]


def _at_risk(analysis: str, part: str, numbers: Numbers) -> dict[float, Printed]:
    start = ".".join(filter(None, (analysis, part, "at_risk.")))
    return {
        float(row["keys"]["months"]): numbers[id]
        for id, row in numbers.rows.items()
        if id.startswith(start)
    }


@command
def main() -> None:
    """Draw every declared figure."""
    from tracedtrial.displays.texts import drawn_texts
    from tracedtrial.files import write_together

    root = trial_root()
    protocol, displays = read_protocol(root / PROTOCOL), read_displays(root / ANALYSES)
    step = protocol["display"]["figure_time_axis_months"]["value"]
    made: dict[Path, bytes | str] = {}
    for name, declared in displays.figures.items():
        numbers = read_numbers(root / NUMBERS, f"figure {name}")
        groups = read_groups(root, declared, numbers, protocol)
        with drawing():
            figure = survival_by_group(groups, ylabel=declared.ylabel, step=step)
            texts = json.dumps(drawn_texts(figure), ensure_ascii=False, indent=1) + "\n"
            files = formats(figure)
        made |= {root / FIGURES / f"{name}.{suffix}": content for suffix, content in files.items()}
        made[root / DRAWN / f"{name}.texts.json"] = texts
    write_together(made)


if __name__ == "__main__":
    sys.exit(main())
