"""A numeral altered in the PDF: the manuscript is typeset again with another number in it."""

import json
import os
import random
import shutil
from pathlib import Path

from proofs.mutants.alteration import altered, numerals_within
from proofs.mutants.mutant import Mutant, Verdict, caught, chosen
from proofs.mutants.rendered import verdict
from proofs.mutants.world import MANUSCRIPT, World
from tracedtrial.paths import LEDGER
from tracedtrial.rendering import cells, document, tips_of
from tracedtrial.rendering.command import attachment
from tracedtrial.rendering.document import Document
from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.pandoc import Pandoc
from tracedtrial.rendering.pdf import pdf
from tracedtrial.rendering.source import source

KIND = "numeral in PDF"
ATTACHED = ("build/ledger.json", "analysis/protocol.yaml")
HEADER = ("title", "abstract", "notice", "title-page", "running-head", "running-note")


class TypesetNumerals:
    """A digit or number word of the resolved document altered before pandoc and typst set it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._source = source(world.root / MANUSCRIPT)
        self._pandoc = Pandoc(
            (world.root / MANUSCRIPT).resolve(),
            world.folder / "typeset",
            document.created(self._source, os.environ.get("SOURCE_DATE_EPOCH")),
        )
        self._pandoc.folder.mkdir()
        displayed = cells.outputs(self._source, self._pandoc.folder)
        self._document = document.document(
            self._source,
            displayed,
            world.root / "manuscript/_variables.yml",
            tips_of(world.root / LEDGER),
            self._pandoc,
        )
        tree = json.loads(self._document.json)
        self._spans = [
            (path, *span) for path, text in _printed(tree) for span in numerals_within(text)
        ]
        self._text_at = dict(_printed(tree))

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        return [self._mutant(span, seed) for span in chosen(seed, self._spans, count)]

    def tried(self, mutant: Mutant) -> Verdict:
        path, start, end, new = mutant.plan
        tree = json.loads(self._document.json)
        node = tree
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = node[path[-1]][:start] + new + node[path[-1]][end:]
        with self._world.scratch() as name:
            file = Path(name) / "manuscript.pdf"
            try:
                file.write_bytes(self.typeset(json.dumps(tree), Path(name) / "set"))
            except RenderError:
                return caught(mutant, "refusal")
            return caught(mutant, verdict(file, self._world))

    def unaltered(self) -> str:
        with self._world.scratch() as name:
            file = Path(name) / "manuscript.pdf"
            file.write_bytes(self.typeset(self._document.json, Path(name) / "set"))
            return verdict(file, self._world)

    def typeset(self, tree: str, folder: Path) -> bytes:
        """The PDF of a document, set in a folder of its own."""
        folder = folder.resolve()
        shutil.copytree(self._pandoc.folder, folder)
        moved = tree.replace(str(self._pandoc.folder), str(folder))
        attached = [attachment(name) for name in ATTACHED]
        attached = [(self._world.root / path, text) for path, text in attached]
        pandoc = Pandoc(self._pandoc.manuscript, folder, self._pandoc.created)
        context = folder / "context.json"
        context.write_text(
            context.read_text(encoding="utf-8").replace(str(self._pandoc.folder), str(folder)),
            encoding="utf-8",
        )
        return pdf(self._source, Document(moved, self._document.meta), pandoc, attached)

    def _mutant(self, span: tuple[tuple, int, int], seed: random.Random) -> Mutant:
        path, start, end = span
        text = self._text_at[path]
        new = altered(text[start:end], seed)
        where = ".".join(map(str, path))
        return Mutant(
            KIND,
            f"document, {where}",
            f"'{text}' becomes '{text[:start]}{new}{text[end:]}'",
            (path, start, end, new),
        )


def _printed(tree: dict) -> list[tuple[tuple, str]]:
    """The words of header and body that are printed, each with its path in the document."""
    found = list(_words(tree["blocks"], ("blocks",)))
    for key in HEADER:
        if key in tree["meta"]:
            found += _words(tree["meta"][key], ("meta", key))
    return found


def _words(node: object, path: tuple) -> object:
    if isinstance(node, list):
        for place, child in enumerate(node):
            yield from _words(child, (*path, place))
    elif isinstance(node, dict) and "t" in node:
        if node["t"] in ("Str", "MetaString"):
            yield (*path, "c"), node["c"]
        elif node["t"] == "Code":
            yield (*path, "c", 1), node["c"][1]
        elif node["t"] not in ("Image", "RawBlock", "RawInline", "CodeBlock"):
            yield from _words(node.get("c", []), (*path, "c"))
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from _words(child, (*path, key))
