"""One build at a time in a trial's folder: a lock that the kernel releases when its holder dies."""

import fcntl
import sys
from pathlib import Path
from typing import IO

_held: list[IO] = []


def hold(folder: Path) -> None:
    """Hold the folder's lock until the process ends; exit with one line where another holds it."""
    place = folder / "build"
    place.mkdir(exist_ok=True)
    handle = open(place / ".lock", "a")  # kept open: closing it would release the lock
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("another build holds this folder; nothing was changed")
    _held.append(handle)
