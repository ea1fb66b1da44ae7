"""One build at a time in a trial's folder: a lock that the kernel releases when its holder dies."""

import fcntl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from analysis.files import sweep

BUSY = "another build holds this folder; nothing was changed"
MADE = ("build", "figures", "manuscript")
_held: list[IO] = []


def hold(folder: Path) -> None:
    """Hold the folder's lock until the process ends; exit with one line where another holds it."""
    place = folder / "build"
    try:
        place.mkdir(exist_ok=True)
        handle = open(place / ".lock", "a")  # kept open: closing it would release the lock
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _held.append(handle)
        for written in (folder, place):
            with tempfile.TemporaryFile(dir=written) as probe:
                probe.write(b"room for a byte")
        for made in MADE:
            sweep(folder / made)
    except BlockingIOError:
        sys.exit(BUSY)
    except OSError as error:
        sys.exit(f"the trial's folder must be one to write to, but: {error.strerror}; "
                 "nothing was changed")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder's lock within the block, after whoever has it: a killed build's last job may."""
    place = folder / "build"
    place.mkdir(exist_ok=True)
    with open(place / ".lock", "a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
