"""Calls pandoc with the package's Lua filters, and reads back where and why they stopped."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypandoc

from analysis.render.errors import RenderError, line_of

HERE = Path(__file__).parent
STOPPED = "RENDER-ERROR "


@dataclass(frozen=True)
class Pandoc:
    """pandoc, run in the manuscript's folder with a temporary folder for its data.

    The temporary folder holds ``context.json``: what the filters know.
    """

    manuscript: Path
    folder: Path

    def write_context(self, context: dict[str, Any]) -> None:
        text = json.dumps(context, ensure_ascii=False)
        (self.folder / "context.json").write_text(text, encoding="utf-8")

    def run(self, arguments: list[str], text: str) -> str:
        """pandoc's standard output for `text`; a warning stops as an error does."""
        known = {"RENDER_CONTEXT": str(self.folder / "context.json"), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [pypandoc.get_pandoc_path(), f"--data-dir={self.folder}", *arguments],
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
            message = lines[0].removeprefix("[WARNING] ") if lines else "pandoc failed"
            line = re.search(r"line (\d+)", message)
            return RenderError(self.manuscript, int(line[1]) if line else None, message)
        place = json.loads(stopped.removeprefix(STOPPED))
        path = self.manuscript.parent / place["file"]
        line = line_of(path.read_text(encoding="utf-8"), place["token"])
        return RenderError(path, line, place["message"])


def filters(*names: str) -> list[str]:
    return [f"--lua-filter={HERE / name}" for name in names]
