"""How a trial's build came out: `python -m tracedtrial.portfolio.outcome NAME FILE`.

A build that refuses is an outcome, written down with its first line, and the job has done its
work. A build that was killed, or that met another one in the folder, is none: the job fails, and
whoever runs the jobs may start it again.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tracedtrial.build_lock import BUSY, LOCKS, held
from tracedtrial.commands import command
from tracedtrial.files import sha256, write_text
from tracedtrial.paths import LEDGER, PACKAGE
from tracedtrial.portfolio.trials import PLACE, Trial, read_portfolio
from tracedtrial.refusal import Refusal

BUILT, FAILED = "built", "failed"
WORKFLOW, TEMPLATE = PACKAGE / "workflow", PACKAGE / "new" / "template"


@dataclass(frozen=True)
class Outcome:
    """`line`: what a failed build said first. `ledger`: SHA-256 of a built trial's ledger."""

    name: str
    folder: str
    status: str
    line: str = ""
    ledger: str = ""


class Interrupted(Refusal):
    """The build did not come to its end, by no fault of the trial."""


def outcome(trial: Trial, cores: int = 1) -> Outcome:
    """Build the trial; built or failed.

    Raises
    ------
    Interrupted
        The build was killed, or another build holds the folder.
    """
    folder = trial.folder.as_posix()
    if not trial.folder.is_dir():
        return Outcome(trial.name, folder, FAILED, f"{folder} must be a folder, but is none")
    with held(trial.folder):
        _clear(trial.folder / "build")
    run = _run(trial, cores, "--quiet", "all")
    if run.returncode == 0:
        return Outcome(trial.name, folder, BUILT, ledger=sha256(trial.folder / LEDGER))
    if not 0 < run.returncode < 128 or BUSY in run.stderr:
        raise Interrupted(f"{trial.name}: the build was interrupted (status {run.returncode})")
    line = first_line(run.stderr) or missing(_run(trial, cores, "--dryrun"))
    return Outcome(trial.name, folder, FAILED, line)


def _clear(built: Path) -> None:
    """Remove what an earlier build left: Snakemake takes an output whose input is gone as good."""
    for path in built.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in LOCKS:
            path.unlink()


def _run(trial: Trial, cores: int, *options: str) -> subprocess.CompletedProcess[str]:
    """The whole build of one trial."""
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        "build",
        "--snakefile",
        str(WORKFLOW / "trial.smk"),
        "--directory",
        str(trial.folder.resolve()),
        "--profile",
        str(TEMPLATE / "profiles/default"),
        "--workflow-profile",
        "none",
        "--cores",
        str(cores),
        *options,
    ]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")


def first_line(told: str) -> str:
    """The first line that a build said of itself, Snakemake's on profiles left out.

    Examples
    --------
    >>> first_line("Using profile x for setting default command line arguments.\\n\\nNo.\\nYes.")
    'No.'
    """
    lines = (line.strip() for line in told.splitlines())
    return next((line for line in lines if line and not line.startswith("Using ")), "")


def missing(tried: subprocess.CompletedProcess[str]) -> str:
    """The first file that Snakemake says is missing; else the first line of its refusal."""
    told = tried.stdout + tried.stderr
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    if "affected files:" in lines[:-1]:
        return f"{lines[lines.index('affected files:') + 1]} must be there, but is missing"
    return next(
        (line for line in lines if "Exception" in line or "Error" in line),
        "the build failed without a word",
    )


def read_outcome(path: Path) -> Outcome | None:
    """What a job wrote down; None where it did not come to that."""
    if not path.is_file():
        return None
    return Outcome(**json.loads(path.read_text(encoding="utf-8")))


@command
def main(words: Sequence[str] | None = None) -> None:
    """Build the trial and write down that it was built or failed; an interruption is refused."""
    parser = argparse.ArgumentParser(prog="python -m tracedtrial.portfolio.outcome")
    parser.add_argument("name")
    parser.add_argument("file", type=Path)
    parser.add_argument("--cores", type=int, default=1)
    asked = parser.parse_args(words)
    found = outcome(read_portfolio(Path(PLACE)).trial(asked.name), asked.cores)
    write_text(asked.file, json.dumps(asdict(found), indent=1, ensure_ascii=False) + "\n")
    print(f"{found.name}: {found.status}{found.line and ': '}{found.line}")


if __name__ == "__main__":
    sys.exit(main())
