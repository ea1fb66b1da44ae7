"""`build/run.json`: what differs between two builds of the same content.

Commit, state of the work tree, time and machine; no part of the compared outputs.
"""

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

from tracedtrial.files import write_text
from tracedtrial.paths import REPOSITORY
from tracedtrial.provenance.repository import changed_files, commit

HERE = REPOSITORY or Path()
STARTED = datetime.now(UTC)  # of the process that imports this: the build's


def write_run(path: Path) -> None:
    """Write the record of a build that has just succeeded; None says that git does not know."""
    changed = changed_files(HERE)
    run = {
        "commit": commit(HERE),
        "dirty": None if changed is None else bool(changed),
        "changed": changed,
        "started": STARTED.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.platform(),
    }
    write_text(path, json.dumps(run, indent=1, ensure_ascii=False) + "\n")
