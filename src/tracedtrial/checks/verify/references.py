"""What the reference list must print: the bibliography's works, set by the style alone."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path

from tracedtrial.checks.typed import node_text
from tracedtrial.checks.verify.pieces import compact

LEAST = 10  # characters that a reference must share with a work to be one


def reference_texts(folder: Path, settings: Mapping[str, object]) -> list[str]:
    """The text of each work of the bibliography, without its number; none without bibliography."""
    import pypandoc

    if not settings.get("bibliography"):
        return []
    kept = {name: settings[name] for name in ("bibliography", "csl", "lang") if name in settings}
    source = f"---\n{json.dumps({'nocite': '@*'} | kept)}\n---\n"
    arguments = ["--from=markdown", "--to=json", "--citeproc"]
    run = subprocess.run(
        [pypandoc.get_pandoc_path(), *arguments],
        input=source,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return ["".join(node_text(entry)) for entry in _entries(json.loads(run.stdout)["blocks"])]


def nearest(text: str, works: list[str]) -> str:
    """The work that begins as the text does; empty if none shares its first characters."""
    begins = {work: _shared(compact(text), compact(work)) for work in works}
    best = max(begins, key=begins.get, default="")
    return best if begins.get(best, 0) >= LEAST else ""


def _shared(text: str, work: str) -> int:
    """How many first characters the two have in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, work)))


def _entries(node: object) -> Iterator[list]:
    """The content of each entry, its number left out."""
    if isinstance(node, list):
        for child in node:
            yield from _entries(child)
    elif isinstance(node, dict) and node["t"] == "Div":
        (_, classes, _), content = node["c"]
        yield from [_unnumbered(content)] if "csl-entry" in classes else _entries(content)


def _unnumbered(node: object) -> object:
    if isinstance(node, list):
        return [_unnumbered(child) for child in node if not _is_number(child)]
    if isinstance(node, dict):
        return {key: _unnumbered(value) for key, value in node.items()}
    return node


def _is_number(node: object) -> bool:
    return (
        isinstance(node, dict) and node.get("t") == "Span" and "csl-left-margin" in node["c"][0][1]
    )
