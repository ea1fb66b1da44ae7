"""Where the panels stand, in millimetres: two columns, b as high as a and c together."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracedtrial.displays.ink import LINE, WIDTH, key_height, text_width

Box = tuple[float, float, float, float]

LEFT, COLUMN, GAP, EDGE = 15.5, 69.0, 13.5, 4.0
ABOVE, BETWEEN = 8.5, 5.5
UNDER_A, UNDER_B, UNDER_C = 6.5, 13.0, 25.5


@dataclass(frozen=True)
class Page:
    """Height of the page, and what the labels of its panels take of it."""

    height: float
    key_a: float
    thresholds: float
    wrapped: bool = False

    @property
    def left(self) -> float:
        return LEFT + (LINE if self.wrapped else 0)

    @property
    def width_b(self) -> float:
        return WIDTH - self.left - COLUMN - self.thresholds - GAP - EDGE

    @property
    def height_a(self) -> float:
        """Height of the axes of a, and of c."""
        fixed = 2 * ABOVE + BETWEEN + UNDER_A + self.key_a + UNDER_C
        return (self.height - fixed) / 2

    def boxes(self, key_b: float) -> list[Box]:
        """Left, bottom, width and height of the axes of a, b and c."""
        top, high = self.height - ABOVE, self.height_a
        bottom = UNDER_B + key_b
        return [
            (self.left, top - high, COLUMN, high),
            (WIDTH - self.width_b - EDGE, bottom, self.width_b, top - bottom),
            (self.left, UNDER_C, COLUMN, high),
        ]


def page(
    patients: int, *, key: Sequence[str], thresholds: Sequence[str], labels: Sequence[str]
) -> Page:
    """The page for so many patients, the legend of a, and the y-axis labels of a and c."""
    height = min(max(152.0, 105 + 1.5 * patients), 195.0)
    right = 1.5 + max(map(text_width, thresholds), default=0)
    single = Page(height, key_height(key, COLUMN), right)
    wrapped = any(text_width(label) > single.height_a for label in labels)
    return Page(height, single.key_a, right, wrapped)


def wrapped(label: str, room: float) -> str:
    """The label, broken at the space nearest its middle where it is longer than the room."""
    spaces = [place for place, mark in enumerate(label) if mark == " "]
    if text_width(label) <= room or not spaces:
        return label
    middle = min(spaces, key=lambda place: abs(place - len(label) / 2))
    return label[:middle] + "\n" + label[middle + 1 :]
