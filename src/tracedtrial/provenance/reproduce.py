"""Two clean builds under different circumstances, compared byte by byte.

`python -m tracedtrial.provenance.reproduce [TARGET ...]` copies the trial and its code to two
folders and builds in each, with another folder name, HOME, time zone, locale, hash seed, umask,
order of the files' creation and times of the files. The dates that outputs carry are the
manuscript's, so a build of another day would differ only through these.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.paths import BUNDLES, REPORTS, RUN, repository
from tracedtrial.refusal import Refusal

TARGETS = ("build", "submission")
BUILT = ("build", "figures", "manuscript")
NOT_COMPARED = (
    str(RUN),
    "build/.lock",
    "*.log",
    "*/.*",
    *map(str, BUNDLES.values()),
    f"{REPORTS}/mutants.txt",
    "build/screenshots/*",
)
NOT_COPIED = (
    ".*",
    "build",
    "__pycache__",
    "*.egg-info",
    "_variables.yml",
    "_provenance.md",
    "figures/figure-*",
    "figures/ae-table.*",
)
BLOCK = 1 << 20


@dataclass(frozen=True)
class Circumstances:
    """What must not matter to a build. `home` None: a HOME that does not exist."""

    folder: str
    home: str | None
    variables: dict[str, str]
    umask: int
    backwards: bool
    modified: int


HERE = Circumstances(
    "one",
    "home",
    {"TZ": "UTC", "LANG": "C", "LC_ALL": "C", "USER": "one", "PYTHONHASHSEED": "0"},
    0o022,
    False,
    1_000_000_000,
)
ELSEWHERE = Circumstances(
    "another folder, é",
    None,
    {
        "TZ": "Pacific/Kiritimati",
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C.UTF-8",
        "USER": "another",
        "PYTHONHASHSEED": "4242",
    },
    0o077,
    True,
    1_700_000_000,
)


def differences(one: Path, other: Path, *, parts: Sequence[str] = BUILT) -> list[str]:
    """What differs between two built folders: a line for each file, with its first byte.

    `build/run.json`, locks and logs are records of a run, not outputs, and are left out; so are
    bundles, which hold such a record, and what is made on demand: the mutants' report, screenshots.
    """
    names = sorted({*outputs(one, parts), *outputs(other, parts)})
    return [line for name in names if (line := _difference(name, one / name, other / name))]


def outputs(folder: Path, parts: Sequence[str] = BUILT) -> Iterator[str]:
    """Names of the files that a build may have made in `folder`, records of a run left out."""
    for part in parts:
        for path in (folder / part).rglob("*"):
            name = path.relative_to(folder)
            if path.is_file() and not any(name.match(pattern) for pattern in NOT_COMPARED):
                yield name.as_posix()


def _difference(name: str, one: Path, other: Path) -> str | None:
    for there, missing in ((one, other), (other, one)):
        if not missing.is_file():
            return f"{name}: only in {there.as_posix().removesuffix(name)}"
    sizes = one.stat().st_size, other.stat().st_size
    place = first_difference(one, other)
    if place is None:
        return None
    length = "" if sizes[0] == sizes[1] else f"; {sizes[0]} and {sizes[1]} bytes long"
    bytes_there = f"{_at(one, place)} and {_at(other, place)}"
    return f"{name}: differs first at byte {place} ({bytes_there}{length})"


def first_difference(one: Path, other: Path) -> int | None:
    """Offset, from 0, of the first byte in which two files differ; None where they are equal."""
    done = 0
    with one.open("rb") as left, other.open("rb") as right:
        while True:
            here, there = left.read(BLOCK), right.read(BLOCK)
            if here != there:
                pairs = enumerate(zip(here, there, strict=False))
                return done + next((n for n, (a, b) in pairs if a != b), min(len(here), len(there)))
            if not here:
                return None
            done += len(here)


def _at(path: Path, place: int) -> str:
    with path.open("rb") as file:
        file.seek(place)
        byte = file.read(1)
    return f"0x{byte.hex()}" if byte else "end of file"


def copied(original: Path, folder: Path, circumstances: Circumstances) -> Path:
    """A clean copy of the trial and its code, without what a build makes."""
    trial = folder / circumstances.folder
    files = sorted(sources(original), reverse=circumstances.backwards)
    for place, path in enumerate(files):
        target = trial / path.relative_to(original)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(path.stat().st_mode & 0o700)
        time = circumstances.modified + place
        os.utime(target, (time, time))
    return trial


def sources(folder: Path) -> Iterator[Path]:
    """The files of `folder` that no build makes."""
    for path in folder.iterdir():
        if any(path.match(pattern) for pattern in NOT_COPIED):
            continue
        if path.is_dir():
            yield from sources(path)
        else:
            yield path


def build(trial: Path, circumstances: Circumstances, targets: Sequence[str]) -> None:
    """A clean build in `trial`.

    Raises
    ------
    Refusal
        The build fails; the message carries the end of what it said.
    """
    home = trial.parent / f"{trial.name}.{circumstances.home or 'none'}"
    if circumstances.home is not None:
        home.mkdir()
    known = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    command = [str(Path(sys.executable).with_name("snakemake")), *targets, "--quiet", "all"]
    run = subprocess.run(
        command,
        cwd=trial,
        umask=circumstances.umask,
        encoding="utf-8",
        env={
            **known,
            **circumstances.variables,
            "HOME": str(home),
            "PYTHONPATH": str(trial / "src"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        errors="replace",
    )
    if run.returncode:
        told = "\n".join(run.stdout.strip().splitlines()[-20:])
        raise Refusal(f"the build in '{circumstances.folder}' must succeed, but failed:\n{told}")


@command
def main(words: Sequence[str] | None = None) -> bool:
    """A line for each file that differs; whether none does. A build that fails is refused."""
    parser = argparse.ArgumentParser(
        prog="python -m tracedtrial.provenance.reproduce",
        description="Build twice, under different circumstances.",
    )
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET")
    targets = parser.parse_args(words).targets
    with tempfile.TemporaryDirectory(prefix="reproduce-") as name:
        trials = []
        for circumstances in (HERE, ELSEWHERE):
            trial = copied(repository(), Path(name), circumstances)
            print(f"building {' and '.join(targets)} in '{circumstances.folder}'", flush=True)
            build(trial, circumstances, targets)
            trials.append(trial)
        found = differences(*trials)
        compared = len(set(outputs(trials[0], BUILT)))
    print(*found, sep="\n", file=sys.stderr, end="\n" if found else "")
    print(f"{compared} files compared, {len(found)} differ")
    return not found


if __name__ == "__main__":
    sys.exit(main())
