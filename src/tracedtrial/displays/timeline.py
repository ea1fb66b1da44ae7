"""Time axes in months, alike in every panel."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_TICKS = 13


def months_shown(longest: float, step: int) -> list[int]:
    """Ticks from 0 to past the longest time; the step doubles where there would be too many.

    >>> months_shown(18.5, 3)
    [0, 3, 6, 9, 12, 15, 18, 21]
    """
    while math.ceil(longest / step) + 1 > MOST_TICKS:
        step *= 2
    return list(range(0, step * max(1, math.ceil(longest / step)) + 1, step))


def month_axis(axes: "Axes", longest: float, step: int) -> list[int]:
    """The axis of months since the first dose; returns its ticks."""
    ticks = months_shown(longest, step)
    axes.set_xlim(0, ticks[-1])
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.set_xlabel("Months since start of treatment")
    return ticks
