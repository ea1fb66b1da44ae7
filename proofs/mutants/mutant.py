"""A planted error, what became of it, and what each kind of place must offer."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

CAUGHT, EQUIVALENT, BESIDE, SURVIVED = "caught", "equivalent", "beside", "survived"


@dataclass(frozen=True)
class Mutant:
    """One error: its kind, where it is planted, what is altered, and how to plant it again."""

    kind: str
    place: str
    change: str
    plan: tuple

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}: {self.change}"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    `fate` is `caught`, by the check named in `by`; `equivalent` where it changes no value, text
    or record of any number; `beside` where it changes only numbers that are not of the kind's
    concern; or `survived`.
    """

    mutant: Mutant
    fate: str
    by: str = ""


class Place(Protocol):
    """A kind of place in which errors are planted."""

    def planted(self, seed: random.Random, count: int) -> Sequence[Mutant]:
        """That many different mutants, or all that there are."""

    def tried(self, mutant: Mutant) -> Verdict:
        """Plant the error and ask the checks."""

    def unaltered(self) -> str:
        """Which check finds a fault where nothing is altered; empty, or no catch means anything."""


def caught(mutant: Mutant, by: str) -> Verdict:
    """The verdict: caught by a check, or survived where `by` is empty."""
    return Verdict(mutant, CAUGHT, by) if by else Verdict(mutant, SURVIVED)


def chosen(seed: random.Random, every: Sequence, count: int) -> list:
    """A choice without repetition, at most as many as there are."""
    return seed.sample(every, min(count, len(every)))
