"""Seeded draws that give the same bytes on every machine.

Only `random.Random.random` is used, whose sequence Python guarantees for a text seed; each patient
and subject matter has a sequence of its own, so that a change in one leaves the others as they are.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

SEED = "ipd-2018"

T = TypeVar("T")


class Dice:
    """Draws for one purpose, named by its parts (a patient, a table)."""

    def __init__(self, *purpose: str) -> None:
        self._draw = random.Random("/".join((SEED, *purpose))).random

    def real(self, low: float, high: float) -> float:
        return low + (high - low) * self._draw()

    def whole(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + int(self._draw() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        return self._draw() < probability

    def pick(self, options: Sequence[T]) -> T:
        return options[self.whole(0, len(options) - 1)]

    def shuffled(self, options: Sequence[T], *, weights: Sequence[float] | None = None) -> list[T]:
        """The options in random order; a heavier one tends to come earlier."""
        weights = weights or [1.0] * len(options)
        keys = [self._draw() * weight for weight in weights]
        order = sorted(range(len(options)), key=lambda i: (-keys[i], i))
        return [options[i] for i in order]
