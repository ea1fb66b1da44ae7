"""One build at a time in a trial's folder: locks that the kernel releases when their holders die.

The builder holds `.lock`. Its jobs hold `.jobs`, which they inherit as their standard input: where
the builder alone was killed, the next build waits until the last of them has come to its end.
"""

import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from tracedtrial.files import sweep

BUSY = "another build holds this folder; nothing was changed"
LOCKS = (".lock", ".jobs")
MADE = ("build", "figures", "manuscript")
_held = ExitStack()  # kept open: closing a file would release its lock


def hold(folder: Path) -> None:
    """Hold the folder's locks until the process ends; exit with one line where another has them."""
    place = folder / "build"
    try:
        place.mkdir(exist_ok=True)
        builder, jobs = (_held.enter_context((place / name).open("a+")) for name in LOCKS)
        fcntl.flock(builder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _wait(jobs)
        os.dup2(jobs.fileno(), 0)
        for written in (folder, place):
            with tempfile.TemporaryFile(dir=written) as probe:
                probe.write(b"room for a byte")
        for made in MADE:
            sweep(folder / made)
    except BlockingIOError:
        sys.exit(BUSY)
    except OSError as error:
        sys.exit(
            f"the trial's folder must be one to write to, but: {error.strerror}; "
            "nothing was changed"
        )


def _wait(jobs: IO[str]) -> None:
    """Take the lock of the jobs; say so where jobs of a killed build still have it."""
    try:
        fcntl.flock(jobs, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting for the last jobs of a killed build", file=sys.stderr)
        fcntl.flock(jobs, fcntl.LOCK_EX)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder's locks within the block, after whoever has them."""
    place = folder / "build"
    place.mkdir(exist_ok=True)
    with ExitStack() as stack:
        for name in LOCKS:
            fcntl.flock(stack.enter_context((place / name).open("a")), fcntl.LOCK_EX)
        yield
