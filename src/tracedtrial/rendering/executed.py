"""The displays of a manuscript's cells, executed once and kept in a file for the renderer."""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.rendering.cells import outputs
from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.source import Source, source

MADE_LATER = ("_provenance.md",)


def write_displays(manuscript: Path, path: Path) -> None:
    """Run the cells of `manuscript` and write the code and displays of each to `path`."""
    read = source(manuscript, without=MADE_LATER)
    with tempfile.TemporaryDirectory(prefix="cells-") as name:
        displayed = outputs(read, Path(name).resolve())
    kept = [
        {"code": cell.code, "displays": displays}
        for cell, displays in zip(read.cells, displayed, strict=True)
    ]
    write_text(path, json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def read_displays(source: Source, path: Path) -> list[list[dict[str, Any]]]:
    """The displays of each cell of `source`, which must be the cells that were executed."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    if [entry["code"] for entry in kept] != [cell.code for cell in source.cells]:
        raise RenderError(path, None, f"not of the cells of {source.path}")
    return [entry["displays"] for entry in kept]


@command
def main() -> None:
    """Write the displays."""
    parser = argparse.ArgumentParser(prog="python -m tracedtrial.rendering.executed")
    parser.add_argument("manuscript", type=Path)
    parser.add_argument("displays", type=Path)
    given = parser.parse_args()
    write_displays(given.manuscript, given.displays)


if __name__ == "__main__":
    sys.exit(main())
