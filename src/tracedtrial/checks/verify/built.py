"""What the build says that a rendered file must show: the trial's ledger, tables, figures, terms.

Reads `build/`, `manuscript/` and the protocol of a trial's folder; knows no file format.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import yaml

from tracedtrial.checks.terms import TERMS, read_terms
from tracedtrial.checks.typed import SETTINGS, SHORTCODE
from tracedtrial.checks.variables import variables
from tracedtrial.checks.verify.pieces import compact
from tracedtrial.checks.verify.references import reference_texts
from tracedtrial.files import sha256
from tracedtrial.paths import DRAWN, LEDGER, MANUSCRIPT, PROTOCOL, TABLES
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal
from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.source import Cell, Source, source

_DISPLAY = re.compile(r"^(figure|table)\([\"']([\w-]+)[\"']\)", re.MULTILINE)
_REFERENCE = re.compile(r"(?<!\w)@((?:tbl|fig)-[\w-]+)")


@dataclass(frozen=True)
class Built:
    """A trial's folder after a build."""

    root: Path

    @cached_property
    def numbers(self) -> Mapping[str, dict]:
        return read_ledger(self.root / LEDGER)["numbers"]

    @cached_property
    def ledger_sha256(self) -> str:
        return sha256(self.root / LEDGER)

    @cached_property
    def source(self) -> Source:
        try:
            return source(self.root / MANUSCRIPT)
        except RenderError as error:
            raise Refusal(str(error)) from None

    @cached_property
    def terms(self) -> list[str]:
        return [term.text for term in read_terms(self.root / TERMS)]

    @cached_property
    def protocol(self) -> dict:
        text = (self.root / PROTOCOL).read_text(encoding="utf-8")
        return yaml.load(text, Loader=yaml.CSafeLoader)

    def prints(self, id: str, text: str) -> bool:
        """Whether `text` is the printed text of the number, or one of its forms."""
        row = self.numbers.get(id)
        return bool(row) and compact(text) in map(compact, (row["text"], *row["forms"].values()))

    @cached_property
    def uses(self) -> Counter[tuple[str, str]]:
        """How often the source uses each (id, text), in header, prose and captions."""
        captions = [
            str(value)
            for cell in self.source.cells
            for key, value in cell.options.items()
            if key not in SETTINGS
        ]
        written = "\n".join([self.source.page.text, *captions])
        known = variables(self.numbers)
        return Counter(
            known[name]
            for kind, name in SHORTCODE.findall(written)
            if kind == "var" and name in known
        )

    @cached_property
    def displays(self) -> dict[str, tuple[str, str]]:
        """Label of a cell -> what it is called, such as `Table S1`, and the name of its display."""
        return displays(self.source.cells)

    @cached_property
    def display_references(self) -> list[str]:
        """What the references to tables and figures print, in the source's order."""
        return [
            self.displays[label][0]
            for label in _REFERENCE.findall(self.source.page.text)
            if label in self.displays
        ]

    def grid(self, called: str) -> dict:
        """The table that is called so: columns, rows and notes with their ids."""
        name = next((name for name_of, name in self.displays.values() if name_of == called), "")
        return self._made((TABLES / f"{name}.ids.json").as_posix()) if name else {}

    def drawn(self, called: str) -> list[dict]:
        """The texts that the figure that is called so draws."""
        name = next((name for name_of, name in self.displays.values() if name_of == called), "")
        return self._made((DRAWN / f"{name}.texts.json").as_posix()) if name else []

    def _made(self, name: str) -> object:
        try:
            return json.loads((self.root / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise Refusal(f"{name} must be there as the build made it") from None

    @cached_property
    def works(self) -> list[str]:
        """The text of each work of the bibliography in the reference list."""
        settings = self.source.project | self.source.header
        return reference_texts((self.root / MANUSCRIPT).parent, settings)

    @cached_property
    def date(self) -> date:
        """The date of the rendered files: SOURCE_DATE_EPOCH, or the manuscript's own."""
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if epoch:
            return datetime.fromtimestamp(int(epoch), UTC).date()
        return self.source.header["date"]

    @cached_property
    def authors(self) -> list[tuple[str, str]]:
        """Each author's name, and the marks of the author's affiliations."""
        marks = {name: mark for mark, name in self.affiliations}
        return [(name, ",".join(marks[each] for each in own)) for name, own in self._people]

    @cached_property
    def affiliations(self) -> list[tuple[str, str]]:
        """Each affiliation's mark and name, counted in order of appearance."""
        names = dict.fromkeys(each for _, own in self._people for each in own)
        return [(str(mark), name) for mark, name in enumerate(names, 1)]

    @cached_property
    def _people(self) -> list[tuple[str, list[str]]]:
        found = []
        for author in self.source.header.get("author") or []:
            given = author if isinstance(author, dict) else {"name": author}
            own = [
                each if isinstance(each, dict) else {"name": each}
                for each in given.get("affiliations") or []
            ]
            found.append((str(given.get("name", "")), [str(each.get("name")) for each in own]))
        return found

    def labels(self, origin: str) -> list[str]:
        """The words that stand in the protocol at these paths, or are coded so in the data."""
        found: list[str] = []
        for path in filter(None, origin.split(", ")):
            node: object = self.protocol
            for key in path.split("."):
                node = _step(node, key)
            coded = {row["keys"].get(path) for row in self.numbers.values()} - {None}
            found += _leaves(node if node is not None else sorted(coded))
        return [*found, *(label[:1].upper() + label[1:] for label in found)]


def displays(cells: Iterable[Cell]) -> dict[str, tuple[str, str]]:
    """Label of a cell -> what it is called, such as `Table 1`, and the name of its display."""
    found: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    for cell in cells:
        kind, _, rest = cell.label.partition("-")
        word = {"tbl": "Table", "fig": "Figure"}.get(kind)
        named = _DISPLAY.search(cell.code)
        if word:
            series = f"{word} S" if rest.startswith("supp-") else f"{word} "
            counts[series] += 1
            found[cell.label] = (f"{series}{counts[series]}", named[2] if named else "")
    return found


def _step(node: object, key: str) -> object:
    """The entry of a mapping, or the member of a list that has this id."""
    if isinstance(node, dict):
        return node.get(key)
    if isinstance(node, list):
        return next(
            (each for each in node if isinstance(each, dict) and each.get("id") == key), None
        )
    return None


def _leaves(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _leaves(each)
    elif node is not None:
        yield str(node)
