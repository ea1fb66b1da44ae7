"""Progress of a long check: a bar where a terminal watches, log lines otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 60.0


@contextmanager
def watched(name: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told `(done, of)`; it draws or logs on standard error."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task(name)
            yield lambda done, of: progress.update(task, completed=done, total=of)
        return
    last = time.monotonic()

    def log(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            print(f"{name}: {done} of {of}", file=sys.stderr)

    yield log
