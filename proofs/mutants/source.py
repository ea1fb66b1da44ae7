"""Errors in the manuscript's source: a number typed, a variable of the abstract swapped."""

import random
import re
import shutil
from pathlib import Path

from proofs.mutants.mutant import Mutant, Verdict, caught, chosen
from proofs.mutants.world import MANUSCRIPT, World
from tracedtrial.checks import crosscheck
from tracedtrial.checks.lint import findings
from tracedtrial.checks.terms import read_terms
from tracedtrial.refusal import Refusal

TYPED, SWAPPED = "number typed", "variable swapped"
NUMBERS = (
    "7",
    "48%",
    "1,234",
    "11.9",
    "27.8-68.7%",
    "1/3",
    "3",
    "32",
    "seven",
    "three",
    "nineteen",
    "twice",
    "forty-eight",
)
_HIDDEN = re.compile(
    r"\{\{<.*?>\}\}|\[@[^\]]*\]|\]\([^)]*\)|\{[^}\n]*\}|<!--.*?-->|`[^`\n]*`"
    r"|^```.*?^```|^ *[\w-]+:(?= )|^ *- name:[^\n]*|^::[^\n]*|^#\|[^\n]*",
    re.M | re.S,
)
_PRINTED_KEYS = ("title:", "abstract:", "notice:", "running-note:", "running-head:")
_GAP = re.compile(r"(?<=[a-z,;]) (?=[a-z])")
_CAPTION = re.compile(r"^#\| (?:tbl|fig)-cap: .*$", re.M)
_VARIABLE = re.compile(r"\{\{<\s+var\s+(\S+)\s+>\}\}")


class TypedNumbers:
    """A digit or a number word typed into prose, abstract, notice, title or a caption."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._text = (world.root / MANUSCRIPT).read_text(encoding="utf-8")
        self._gaps = _gaps(self._text)

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        return [self._mutant(at, seed.choice(NUMBERS)) for at in chosen(seed, self._gaps, count)]

    def tried(self, mutant: Mutant) -> Verdict:
        at, number = mutant.plan
        changed = f"{self._text[:at]} {number}{self._text[at:]}"
        with self._world.scratch() as name:
            folder = Path(name) / "manuscript"
            shutil.copytree(self._world.root / "manuscript", folder)
            (folder / MANUSCRIPT.name).write_text(changed, encoding="utf-8")
            return caught(mutant, linted(self._world, folder))

    def unaltered(self) -> str:
        return linted(self._world, self._world.root / "manuscript")

    def _mutant(self, at: int, number: str) -> Mutant:
        line = self._text.count("\n", 0, at) + 1
        around = f"{self._text[max(0, at - 20) : at]} {number}{self._text[at : at + 20]}"
        return Mutant(TYPED, f"{MANUSCRIPT}:{line}", repr(around), (at, number))


class SwappedVariables:
    """A variable of the abstract swapped for another id of the ledger, or two of them for each
    other; where there are ids that print the same text, one of these half of the times."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._text = (world.root / MANUSCRIPT).read_text(encoding="utf-8")
        first = self._text.index("abstract:")
        last = self._text.index("\n---\n", first)
        self._found = list(_VARIABLE.finditer(self._text, first, last))

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        made: dict[tuple, Mutant] = {}
        most = len(self._found) * (len(self._world.ledger["numbers"]) - 1)
        while len(made) < min(count, most):
            place = seed.randrange(len(self._found))
            plan = (
                ((place, self._another(place, seed)),)
                if seed.random() < 0.6
                else self._pair(place, seed)
            )
            change = ", ".join(f"{self._found[k][1]} becomes {name}" for k, name in plan)
            made[plan] = Mutant(SWAPPED, f"abstract, place {place + 1}", change, plan)
        return list(made.values())

    def unaltered(self) -> str:
        return self._check(self._world.root / "manuscript")

    def tried(self, mutant: Mutant) -> Verdict:
        text = self._text
        for place, name in sorted(mutant.plan, reverse=True):
            start, end = self._found[place].span(1)
            text = text[:start] + name + text[end:]
        with self._world.scratch() as name:
            folder = Path(name) / "manuscript"
            shutil.copytree(self._world.root / "manuscript", folder)
            (folder / MANUSCRIPT.name).write_text(text, encoding="utf-8")
            return caught(mutant, self._check(folder))

    def _check(self, folder: Path) -> str:
        """The cross-check finds another number at a place, the lint a noun without its number."""
        standing = crosscheck.standings(
            self._world.root / crosscheck.PUBLISHED,
            folder / MANUSCRIPT.name,
            self._world.ledger["numbers"],
        )
        if not all(each.equal for each in standing):
            return "crosscheck"
        return linted(self._world, folder)

    def _another(self, place: int, seed: random.Random) -> str:
        numbers, name = self._world.ledger["numbers"], self._found[place][1]
        own = crosscheck.id_of(name, numbers)
        text = numbers[own]["text"]
        alike = sorted(id for id, row in numbers.items() if row["text"] == text and id != own)
        every = sorted(numbers.keys() - {own})
        return seed.choice(alike if alike and seed.random() < 0.5 else every)

    def _pair(self, place: int, seed: random.Random) -> tuple:
        names = [found[1] for found in self._found]
        other = seed.choice([k for k, name in enumerate(names) if name != names[place]])
        return (place, names[other]), (other, names[place])


def linted(world: World, folder: Path) -> str:
    """What stops the lint of the manuscript in `folder`, or finds a fault there."""
    try:
        found = findings(folder / MANUSCRIPT.name, world.ledger, read_terms(folder / "terms.yml"))
    except Refusal:
        return "refusal"
    return "lint" if found else ""


def _gaps(text: str) -> list[int]:
    """Places between two words that are printed."""
    header_end = text.index("\n---\n", 4)
    blank = _HIDDEN.sub(lambda found: "\0" * len(found[0]), text)
    captions = [range(*found.span()) for found in _CAPTION.finditer(text)]
    caption_text = _VARIABLE.sub(lambda found: "\0" * len(found[0]), text)
    body = [found.start() for found in _GAP.finditer(blank, header_end)]
    in_captions = [
        found.start()
        for span in captions
        for found in _GAP.finditer(caption_text, span.start + len("#| fig-cap: "), span.stop)
    ]
    return sorted({*body, *in_captions, *_header_gaps(text, blank, header_end)})


def _header_gaps(text: str, blank: str, end: int) -> list[int]:
    found, printed, at = [], False, 0
    for line in text[:end].splitlines(keepends=True):
        if not line.startswith((" ", "-")):
            printed = line.startswith(_PRINTED_KEYS)
        if printed:
            found += [gap.start() for gap in _GAP.finditer(blank, at, at + len(line))]
        at += len(line)
    return found
