"""`audit rerun`: a clean build in a fresh folder, every output compared with the present one.

The sources are those of the commit; where the work tree is not as committed, or git does not
know it, the tree as it stands. The environment is made anew from the lock, as `make` makes it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tracedtrial.files import sha256
from tracedtrial.paths import ARS, LEDGER, RUN, SUBMISSION_ZIP, repository
from tracedtrial.provenance.repository import changed_files, commit, export, said, top
from tracedtrial.provenance.reproduce import differences, outputs, sources
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal

TARGETS = {"build": LEDGER, "audit": ARS, "submission": SUBMISSION_ZIP}
SAME, DIFFERS, MISSING, EXTRA = "same", "differs", "missing", "not remade"
TEXTS = (".csv", ".html", ".json", ".md", ".svg", ".txt", ".xml", ".yml")
SHOWN = 40
NEWLINE = b"\n"


@dataclass(frozen=True)
class Output:
    """A built file: how it stands to the one of the clean build, and where it differs."""

    name: str
    state: str
    where: str = ""


def compared_outputs(present: Path, clean: Path) -> list[Output]:
    """Every file that either folder built: same, differs, missing here, or not remade there."""
    differ = dict(line.split(": ", 1) for line in differences(present, clean))
    found = []
    given = {path.relative_to(clean).as_posix() for path in sources(clean)}
    for name in sorted({*outputs(present), *outputs(clean)} - given):
        if name not in differ:
            found.append(Output(name, SAME))
        elif not (present / name).is_file():
            found.append(Output(name, MISSING, "the clean build makes it"))
        elif not (clean / name).is_file():
            found.append(Output(name, EXTRA, "the clean build does not make it"))
        else:
            found.append(Output(name, DIFFERS, _line(present / name, differ[name])))
    return found


def changed_numbers(present: Path, clean: Path) -> list[str]:
    """A line for each number that the two folders' ledgers do not share."""
    ledgers = [folder / LEDGER for folder in (present, clean)]
    if not all(path.is_file() for path in ledgers) or sha256(ledgers[0]) == sha256(ledgers[1]):
        return []
    from tracedtrial.provenance.difference.causes import Causes
    from tracedtrial.provenance.difference.changes import changes

    here, there = (read_ledger(path)["numbers"] for path in ledgers)
    return [
        f"{change.id}: {' → '.join(text or 'none' for text in shown)}"
        for change in changes(here, there, Causes())
        for shown in [change.values if change.kind == "unprinted" else change.texts]
    ]


def _line(path: Path, where: str) -> str:
    """The place of a difference, with its line where the file is text."""
    if path.suffix not in TEXTS:
        return where
    place = int(where.split("byte ", 1)[1].split(" ", 1)[0])
    return f"line {path.read_bytes()[:place].count(NEWLINE) + 1}, {where}"


def repeated(trial: Path, *, same_env: bool) -> bool:
    """Build elsewhere, print the table; whether every output is the same.

    Raises
    ------
    Refusal
        There is no present build to compare with, or the clean build fails.
    """
    trial = trial.resolve()
    if not (trial / LEDGER).is_file():
        raise Refusal(f"{LEDGER} must be there to be compared with; run the build first")
    targets = [name for name, made in TARGETS.items() if (trial / made).is_file()]
    with TemporaryDirectory(prefix="rerun-") as name:
        folder = Path(name).resolve()
        code, copy = fresh_copy(trial, folder)
        python = Path(sys.executable) if same_env else fresh_environment(code)
        build(code, copy, python, targets)
        found, numbers = compared_outputs(trial, copy), changed_numbers(trial, copy)
    tell(found, numbers)
    return all(output.state == SAME for output in found)


def fresh_copy(trial: Path, folder: Path) -> tuple[Path, Path]:
    """Code and trial in `folder`: the commit, or the tree as it stands; says which."""
    own, code = repository(), folder / "code"
    changed = changed_files(own) if top(own) == own else None
    if changed is None:
        print("no git repository: the tree as it stands is built")
        _copy(own, code, [path.relative_to(own).as_posix() for path in sources(own)])
    elif changed:
        print(
            f"the work tree is dirty ({len(changed)} files, first {changed[0]}): it is built as "
            "it stands"
        )
        listed = said(own, "ls-files", "-co", "--exclude-standard", "-z") or b""
        _copy(own, code, listed.decode().strip("\0").split("\0"))
    else:
        print(f"commit {commit(own)} is built")
        export(own, "HEAD", code)
    _say_built_commit(trial, commit(own))
    if trial.is_relative_to(own):
        return code, code / trial.relative_to(own)
    _copy(trial, folder / "trial", [path.relative_to(trial).as_posix() for path in sources(trial)])
    return code, folder / "trial"


def _say_built_commit(trial: Path, head: str | None) -> None:
    """Say where the present outputs are of another commit, by the record of their build."""
    try:
        record = json.loads((trial / RUN).read_text(encoding="utf-8"))
        built = record["commit"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if head and built and built != head:
        print(f"the present outputs were built from commit {built}")
    if record.get("dirty"):
        print("the present outputs were built from a dirty work tree")


def _copy(original: Path, folder: Path, names: Sequence[str]) -> None:
    for name in names:
        if (original / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(original / name, folder / name)


def fresh_environment(code: Path) -> Path:
    """The interpreter of an environment that the copy's Makefile makes from its lock."""
    print("a fresh environment is made from requirements.lock", flush=True)
    base = getattr(sys, "_base_executable", sys.executable)
    _run(
        ["make", "--silent", ".venv/.ready", f"PYTHON={base}"],
        code,
        _variables(),
        "the environment",
    )
    return code / ".venv/bin/python"


def build(code: Path, trial: Path, python: Path, targets: Sequence[str]) -> None:
    """A clean build of the copied trial by the copied code."""
    print(f"{' and '.join(targets)} in a fresh folder", flush=True)
    command = [
        str(python.with_name("snakemake")),
        *targets,
        "--snakefile",
        str(code / "Snakefile"),
        "--workflow-profile",
        str(code / "profiles/default"),
        "--directory",
        str(trial),
        "--quiet",
        "all",
    ]
    _run(command, trial, _variables() | {"PYTHONPATH": str(code / "src")}, "the clean build")


def _variables() -> dict[str, str]:
    left_out = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "TRIAL_ROOT", "MAKEFLAGS", "MAKELEVEL")
    return {name: value for name, value in os.environ.items() if name not in left_out}


def _run(command: list[str], folder: Path, variables: dict[str, str], name: str) -> None:
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            env=variables,
            encoding="utf-8",
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise Refusal(f"{name} must be made by {Path(command[0]).name}: {error.strerror}") from None
    if run.returncode:
        told = "\n".join(run.stdout.strip().splitlines()[-20:])
        raise Refusal(f"{name} must succeed, but failed:\n{told}")


def tell(found: Sequence[Output], numbers: Sequence[str]) -> None:
    """A line for each output, for each number that differs, and the count."""
    width = max((len(output.name) for output in found), default=0)
    for output in found:
        print(f"{output.name:{width}}  {output.state:10}  {output.where}".rstrip())
    if numbers:
        more = f" (the first {SHOWN})" if len(numbers) > SHOWN else ""
        print(f"numbers that differ, present → clean build{more}:")
        print(*(f"  {line}" for line in numbers[:SHOWN]), sep="\n")
    same = sum(output.state == SAME for output in found)
    verdict = "identical" if same == len(found) else f"{len(found) - same} differ"
    print(f"{len(found)} files compared, {verdict}; {len(numbers)} numbers differ")
