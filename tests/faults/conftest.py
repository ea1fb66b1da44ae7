"""What the faults share: copies of the trial, builds in them, and the counts told at the end."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tracedtrial.build_lock import LOCKS

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("analysis", "data/raw", "data/published.csv", "manuscript", "figures/README.md")
MADE = ("_variables.yml", "_provenance.md")
DIFFER = ("run.json",)  # between two builds of the same content
EVENTS = "data/raw/ae.csv"


@dataclass(frozen=True)
class States:
    """Two contents of the adverse events, and the outputs that each gives undisturbed."""

    contents: tuple[bytes, bytes]
    made: tuple[dict[str, str], dict[str, str]]

    def put(self, trial: Path, state: int) -> None:
        """Give the trial one of the contents, whole at every moment."""
        new = trial / "ae.new"
        new.write_bytes(self.contents[state])
        os.replace(new, trial / EVENTS)

    def torn(self, now: dict[str, str]) -> list[str]:
        """The outputs that are there with the bytes of neither state, or gone."""
        return [
            name
            for name in self.made[0].keys() | now.keys()
            if now.get(name) not in {made.get(name) for made in self.made} - {None}
        ]


@pytest.fixture(scope="session")
def copied() -> Callable[[Path], Path]:
    """Copies the trial's own files, nothing built, to a folder."""

    def trial(folder: Path) -> Path:
        for part in PARTS:
            source, copy = ROOT / part, folder / part
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*MADE))
            else:
                shutil.copy2(source, copy)
        return folder

    return trial


@pytest.fixture(scope="session")
def command() -> Callable[..., list[str]]:
    """The words of a build in a folder."""

    def words(folder: Path, *targets: str) -> list[str]:
        return [
            str(Path(sys.executable).with_name("snakemake")),
            "--snakefile",
            str(ROOT / "Snakefile"),
            "--workflow-profile",
            str(ROOT / "profiles/default"),
            "--directory",
            str(folder),
            *(targets or ("build",)),
        ]

    return words


@pytest.fixture(scope="session")
def build(command) -> Callable[..., subprocess.CompletedProcess]:
    """Runs a plain build, by default in its folder; `before` are words in front of it."""

    def run(
        folder: Path,
        *targets: str,
        before: Sequence[str] = (),
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*before, *command(folder, *targets)],
            cwd=cwd or folder,
            env=env,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )

    return run


@pytest.fixture(scope="session")
def said() -> Callable[[subprocess.CompletedProcess], list[str]]:
    """The lines of a run, without the one in which Snakemake names its profile."""
    return lambda run: [
        line
        for line in (run.stdout + run.stderr).splitlines()
        if line.strip() and not line.startswith("Using workflow specific profile")
    ]


@pytest.fixture(scope="session")
def outputs() -> Callable[[Path], dict[str, str]]:
    """SHA-256 of every file under a final name that a build made."""

    def found(folder: Path) -> dict[str, str]:
        files = [
            path
            for top in ("build", "figures")
            for path in (folder / top).rglob("*")
            if path.is_file() and not path.name.startswith(".") and path.name not in DIFFER
        ]
        files += [
            folder / "manuscript" / name for name in MADE if (folder / "manuscript" / name).exists()
        ]
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    return found


@pytest.fixture(scope="session")
def built(copied, build, tmp_path_factory) -> Path:
    """The trial, built once and not to be changed."""
    folder = copied(tmp_path_factory.mktemp("built") / "trial")
    run = build(folder)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="session")
def states(built, build, outputs, tmp_path_factory) -> States:
    """The built trial, and the same with one grade changed: work for every stage."""
    folder = Path(shutil.copytree(built, tmp_path_factory.mktemp("states") / "trial"))
    old = (folder / EVENTS).read_bytes()
    grade = b"Anemia,Blood and lymphatic system disorders,2,"
    assert grade in old
    new = old.replace(grade, grade[:-2] + b"3,", 1)
    (folder / EVENTS).write_bytes(new)
    run = build(folder)
    assert run.returncode == 0, run.stderr
    made = outputs(built), outputs(folder)
    assert made[0].keys() == made[1].keys() and made[0] != made[1]
    return States((old, new), made)


@pytest.fixture(scope="session")
def left() -> Callable[[Path], list[Path]]:
    """Temporary files that lie in a folder."""
    return lambda folder: [
        path
        for path in folder.rglob(".*")
        if path.is_file() and path.name not in LOCKS and ".snakemake" not in path.parts
    ]


@pytest.fixture
def trial(built, tmp_path) -> Path:
    """A copy of the built trial that a test may change, times kept."""
    return Path(shutil.copytree(built, tmp_path / "trial", symlinks=True))


@pytest.fixture
def count(record_property) -> Callable[..., None]:
    """Adds to a line of the counts that stand at the end."""
    return lambda name, number=1: record_property("fault", (name, number))


def pytest_terminal_summary(terminalreporter) -> None:
    counts: Counter = Counter()
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "fault":
                counts[value[0]] += value[1]
    if counts:
        terminalreporter.section("faults")
    for name, number in sorted(counts.items()):
        terminalreporter.line(f"{number:6,d}  {name}")
