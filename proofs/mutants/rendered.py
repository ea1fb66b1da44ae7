"""A numeral altered in the rendered HTML, JATS or DOCX."""

import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from proofs.mutants.alteration import altered, numerals_within
from proofs.mutants.mutant import Mutant, Verdict, caught, chosen
from proofs.mutants.world import World
from tracedtrial.checks import verify
from tracedtrial.refusal import Refusal

_UNSEEN = re.compile(r"<(script|style|svg|head|title)\b.*?</\1>", re.S)
_BETWEEN = re.compile(r">([^<>]+)(?=<)")
_RUN = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_WORD = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes)\.xml")


class RenderedNumerals:
    """A digit or number word of the text of one rendered file altered, at any place of it."""

    def __init__(self, world: World, format: str) -> None:
        self._world, self._path = world, world.root / f"build/manuscript.{format}"
        self.kind = f"numeral in {_NAMES[format]}"
        self._texts = _texts(self._path)
        self._spans = [
            (name, *span)
            for name, text in sorted(self._texts.items())
            for span in _READERS[format](text)
        ]

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        return [self._mutant(span, seed) for span in chosen(seed, self._spans, count)]

    def tried(self, mutant: Mutant) -> Verdict:
        name, start, end, new = mutant.plan
        text = self._texts[name]
        changed = text[:start] + new + text[end:]
        with self._world.scratch() as folder:
            path = Path(folder) / self._path.name
            _write(self._path, path, name, changed)
            return caught(mutant, verdict(path, self._world))

    def unaltered(self) -> str:
        return verdict(self._path, self._world)

    def _mutant(self, span: tuple[str, int, int], seed: random.Random) -> Mutant:
        name, start, end = span
        text = self._texts[name]
        around = re.sub(r"<[^>]*>?", " ", text[max(0, start - 60) : end + 40])
        new = altered(text[start:end], seed)
        return Mutant(
            self.kind,
            f"{name or self._path.name}, character {start}",
            f"{text[start:end]} becomes {new} in '{' '.join(around.split())}'",
            (name, start, end, new),
        )


def verdict(path: Path, world: World) -> str:
    """Which check finds that a rendered file is not as the build computed; empty if none does."""
    try:
        return "verify" if verify.accounted(path, world.built).findings else ""
    except Refusal:
        return "refusal"


def _html_numerals(text: str) -> list[tuple[int, int]]:
    seen = _UNSEEN.sub(lambda found: "<" * len(found[0]), text)
    return [
        span for found in _BETWEEN.finditer(seen) for span in numerals_within(text, *found.span(1))
    ]


def _jats_numerals(text: str) -> list[tuple[int, int]]:
    return [
        span for found in _BETWEEN.finditer(text) for span in numerals_within(text, *found.span(1))
    ]


def _docx_numerals(text: str) -> list[tuple[int, int]]:
    return [span for found in _RUN.finditer(text) for span in numerals_within(text, *found.span(1))]


_READERS: dict[str, Callable[[str], list[tuple[int, int]]]] = {
    "html": _html_numerals,
    "xml": _jats_numerals,
    "docx": _docx_numerals,
}
_NAMES = {"html": "HTML", "xml": "JATS", "docx": "DOCX"}


def _texts(path: Path) -> dict[str, str]:
    """The file's text, or those of its members."""
    if path.suffix != ".docx":
        return {"": path.read_text(encoding="utf-8")}
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if _WORD.fullmatch(name)
        }


def _write(original: Path, path: Path, name: str, text: str) -> None:
    if path.suffix != ".docx":
        path.write_text(text, encoding="utf-8")
        return
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, text if entry.filename == name else old.read(entry.filename))
