"""Calls pandoc with the package's Lua filters, and reads back where and why they stopped."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tracedtrial.rendering.errors import RenderError, line_of

HERE = Path(__file__).parent
WHEEL = Path(find_spec("pypandoc").submodule_search_locations[0])
PROGRAM = WHEEL / "files" / ("pandoc.exe" if os.name == "nt" else "pandoc")
STOPPED = "RENDER-ERROR "


@dataclass(frozen=True)
class Pandoc:
    """pandoc, run in the manuscript's folder with a temporary folder for its data.

    The temporary folder holds ``context.json``: what the filters know. Files that carry a
    time carry `created`.
    """

    manuscript: Path
    folder: Path
    created: datetime

    def write_context(self, context: dict[str, Any]) -> None:
        text = json.dumps(context, ensure_ascii=False)
        (self.folder / "context.json").write_text(text, encoding="utf-8")

    def run(self, arguments: list[str], text: str) -> str:
        """pandoc's standard output for `text`; a warning stops as an error does."""
        known = {
            "RENDER_CONTEXT": str(self.folder / "context.json"),
            "SOURCE_DATE_EPOCH": str(int(self.created.timestamp())),
        }
        resources = os.pathsep.join([str(self.folder / "media"), "."])
        done = subprocess.run(
            [PROGRAM, f"--data-dir={self.folder}", f"--resource-path={resources}", *arguments],
            input=text,
            cwd=self.manuscript.parent,
            env=os.environ | known,
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode or done.stderr.strip():
            raise self.failure(done.stderr)
        return done.stdout

    def failure(self, stderr: str) -> RenderError:
        lines = [line for line in stderr.splitlines() if line.strip()]
        stopped = next((line for line in lines if line.startswith(STOPPED)), None)
        if stopped is None:
            return self.warning(" ".join(lines) or "pandoc failed")
        place = json.loads(stopped.removeprefix(STOPPED))
        path = self.manuscript.parent / place["file"]
        line = line_of(path.read_text(encoding="utf-8"), place["token"])
        return RenderError(path, line, place["message"])

    def warning(self, line: str) -> RenderError:
        """pandoc's own message, at the line that it names or that cites what it misses."""
        message = line.removeprefix("[WARNING] ")
        if cited := re.fullmatch(r"Citeproc: citation (.+) not found", message):
            at = line_of(self.manuscript.read_text(encoding="utf-8"), f"@{cited[1]}")
            return RenderError(self.manuscript, at, f"unknown citation '@{cited[1]}'")
        at = re.search(r"line (\d+)", message)
        return RenderError(self.manuscript, int(at[1]) if at else None, message)


def filters(*names: str) -> list[str]:
    return [f"--lua-filter={HERE / name}" for name in names]
