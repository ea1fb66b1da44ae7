"""Panel c: the Kaplan-Meier estimate with its band, censored times and numbers at risk."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tracedtrial.displays.ink import (
    ABOVE_AXES,
    BLACK,
    BLUE,
    DIM,
    LINE,
    height,
    key,
    letter,
    offset,
    write,
)
from tracedtrial.displays.page import wrapped
from tracedtrial.displays.printed import Printed
from tracedtrial.displays.timeline import month_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAND = "#CBE0EE"  # blue at one fifth, opaque
AT_RISK = 13.2  # millimetres below the axes


def survival_curve(
    axes: "Axes",
    frame: Mapping[str, Sequence],
    *,
    ylabel: str,
    median: Printed,
    median_months: float | None,
    interval: Printed,
    at_risk: Mapping[int, Printed],
    step: int,
    width: float,
) -> None:
    """The curve in percent, the median's text above it, the numbers at risk below.

    `frame` has a row a time: months, survival, low, high (proportions; NaN where the band is
    not estimable), censored (patients). `at_risk` maps months to texts; those at ticks print.
    """
    curve = _from_the_start(frame)
    percent = {name: [100 * value for value in curve[name]] for name in ("survival", "low", "high")}
    _band(axes, curve["months"], percent)
    axes.step(curve["months"], percent["survival"], where="post", color=BLUE, zorder=3)
    times = [
        (month, height)
        for month, height, n in zip(curve["months"], percent["survival"], curve["censored"])
        if n > 0
    ]
    axes.plot(
        *(zip(*times) if times else ((), ())),
        linestyle="",
        marker="|",
        color=BLACK,
        markersize=4.5,
        markeredgewidth=0.8,
        zorder=4,
        clip_on=False,
    )
    axes.set_ylim(0, 102)
    axes.set_yticks(range(0, 101, 25), [str(tick) for tick in range(0, 101, 25)])
    axes.set_ylabel(wrapped(ylabel, height(axes)))
    ticks = month_axis(axes, max([*curve["months"], *at_risk]), step)
    _median(axes, median, median_months)
    _numbers_at_risk(axes, {tick: at_risk[tick] for tick in ticks if tick in at_risk})
    _key(axes, interval, width)
    letter(axes, "c")


def _from_the_start(frame: Mapping[str, Sequence]) -> dict[str, list[float]]:
    """The curve from month 0, where everyone is free of events."""
    start = {"months": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0, "censored": 0.0}
    first = not frame["months"] or frame["months"][0] > 0
    return {name: [value] * first + list(frame[name]) for name, value in start.items()}


def _band(axes: "Axes", months: Sequence[float], percent: Mapping[str, Sequence[float]]) -> None:
    axes.fill_between(
        months, percent["low"], percent["high"], step="post", color=BAND, linewidth=0, zorder=1
    )
    for bound in ("low", "high"):
        axes.step(
            months, percent[bound], where="post", color=BLUE, linewidth=0.5, dashes=(3, 2), zorder=2
        )


def _median(axes: "Axes", median: Printed, months: float | None) -> None:
    write(
        axes, 1, 1, median, "ledger", ha="right", va="bottom", transform=offset(axes, 0, ABOVE_AXES)
    )
    if months is not None and math.isfinite(months):
        axes.plot(
            [0, months, months], [50, 50, 0], color=DIM, linewidth=0.6, dashes=(1, 1.5), zorder=2.5
        )


def _numbers_at_risk(axes: "Axes", at_risk: Mapping[int, Printed]) -> None:
    write(
        axes,
        0,
        0,
        Printed("Number at risk"),
        "axis label",
        ha="left",
        va="baseline",
        transform=offset(axes, 0, -AT_RISK),
    )
    below = offset(axes, 0, -AT_RISK - LINE, axes.get_xaxis_transform())
    for month, text in at_risk.items():
        write(axes, month, 0, text, "ledger", ha="center", va="baseline", transform=below)


def shown_labels(interval: Printed) -> list[Printed]:
    """The legend's entries."""
    return [Printed("Estimate"), interval, Printed("Censored")]


def _key(axes: "Axes", interval: Printed, width: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], color=BLUE),
        Patch(facecolor=BAND, edgecolor=BLUE, linewidth=0.5, linestyle=(0, (3, 2))),
        Line2D([], [], linestyle="", marker="|", color=BLACK, markersize=4.5),
    ]
    key(axes, handles, shown_labels(interval), width=width, below=AT_RISK + LINE + 2.0)
