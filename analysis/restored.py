"""Outputs that a failed build put back count as old, so that the next build makes them again.

Snakemake restores the previous outputs of a failed job as new files and records them as made from
the input that was refused: the next build would take them for its outputs.
"""

import os
from pathlib import Path

from analysis.files import sha256

FOLDERS = ("build", "figures", "manuscript")
LONG_AGO = 315_619_200  # seconds; 0 would count as no time at all
Made = dict[Path, tuple[str, int]]


def present(root: Path) -> Made:
    """SHA-256 and time of each file that a build may replace."""
    files = (path for folder in FOLDERS for path in (root / folder).rglob("*") if path.is_file())
    return {path: (sha256(path), path.stat().st_mtime_ns) for path in files}


def aged(before: Made) -> list[Path]:
    """Date to 1980 each file written again with the bytes that it had before; which ones."""
    found = [path for path, (digest, time) in before.items() if path.is_file()
             and path.stat().st_mtime_ns != time and sha256(path) == digest]
    for path in found:
        os.utime(path, (LONG_AGO, LONG_AGO))
    return found
