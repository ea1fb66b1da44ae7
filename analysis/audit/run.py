"""`build/run.json`: what differs between two builds of the same content.

Commit, state of the work tree, time and machine; no part of the compared outputs.
"""

import json
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from analysis.files import write_text
from analysis.modules import PACKAGE


def write_run(path: Path) -> None:
    """Write the record of a build that has just succeeded."""
    state = git("status", "--porcelain")
    run = {"commit": git("rev-parse", "HEAD"), "dirty": None if state is None else bool(state),
           "finished": datetime.now(UTC).isoformat(timespec="seconds"),
           "python": platform.python_version(), "machine": platform.platform()}
    write_text(path, json.dumps(run, indent=1) + "\n")


def git(*words: str) -> str | None:
    """What git says of the code's repository; None without git or a repository."""
    try:
        run = subprocess.run(["git", "-C", str(PACKAGE.parent), *words], capture_output=True,
                             text=True)
    except OSError:
        return None
    return run.stdout.strip() if run.returncode == 0 else None
