"""A ledger derived from a trial's sources, by the code that lies beside them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tracedtrial.paths import LEDGER, PROTOCOL, RAW
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal

STEPS = ("tracedtrial.analyses", "tracedtrial.record.ledger.numbers", "tracedtrial.record.ledger")
SOURCES = (PROTOCOL.parent.as_posix(), str(RAW), "manuscript")


def derived_ledger(trial: Path, code: Path, name: str) -> dict:
    """The ledger that `code` makes of the trial, written into the trial's `build/`.

    Raises
    ------
    Refusal
        The code lacks a step, or a step stops; `name` is what the message calls the sources.
    """
    for module in STEPS:
        place = Path(*module.split("."))
        if not any(
            (code / file).is_file() for file in (place.with_suffix(".py"), place / "__main__.py")
        ):
            raise Refusal(f"{name} must hold what makes a ledger, but has no {place.as_posix()}")
        run = subprocess.run(
            [sys.executable, "-m", module],
            cwd=trial,
            encoding="utf-8",
            errors="replace",
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(code)},
        )
        if run.returncode:
            told = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise Refusal(f"{name} must give a ledger, but {module} stops: {told}")
    return read_ledger(trial / LEDGER)


def copied_sources(trial: Path, folder: Path) -> Path:
    """A copy of what the ledger of a trial is made from."""
    for part in SOURCES:
        source = trial / part
        if source.is_dir():
            shutil.copytree(source, folder / part)
        elif source.is_file():
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / part)
        else:
            raise Refusal(f"{part} must be in the trial's folder, but is not there")
    return folder
