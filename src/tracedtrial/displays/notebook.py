"""A built figure as a notebook cell shows it."""

import base64
import os
from dataclasses import dataclass
from typing import Any

from tracedtrial.displays.place import trial_root
from tracedtrial.paths import FIGURES
from tracedtrial.refusal import refusal

FIGURE = "application/vnd.trial.figure+json"
DEFERRED = "TRIAL_FIGURES_DEFERRED"  # set by a renderer that puts the built files in itself
MILLIMETRES, PIXELS_PER_INCH = 180, 96


@dataclass(frozen=True, repr=False)
class DrawnFigure:
    """A figure that a build drew: its picture, and its name for who wants another format."""

    name: str

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        named = {FIGURE: {"name": self.name, "folder": "../figures"}}
        if os.environ.get(DEFERRED):
            return named, {}
        path = trial_root() / FIGURES / f"{self.name}.png"
        if not path.is_file():
            raise refusal("figure", "be one that the build drew", self.name, f"{FIGURES}/")
        picture = base64.b64encode(path.read_bytes()).decode("ascii")
        width = round(MILLIMETRES / 25.4 * PIXELS_PER_INCH)
        return {"image/png": picture, **named}, {"image/png": {"width": width}}

    def __repr__(self) -> str:
        return f"figure({self.name!r})"


def figure(name: str) -> DrawnFigure:
    """The built figure of that name, such as `figure-1`."""
    return DrawnFigure(name)
