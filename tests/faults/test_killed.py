"""A build killed at random moments leaves whole files only, and the next one finishes."""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

KILLS, GROUPS = 50, 5
EVENTS = "data/raw/ae.csv"


def regraded(content: bytes) -> bytes:
    """The adverse events with one grade changed, so that a build has work in every stage."""
    old = b"Anemia,Blood and lymphatic system disorders,2,"
    assert old in content
    return content.replace(old, old[:-2] + b"3,", 1)


def killed(command: list[str], folder: Path, delay: float, *, group: bool) -> bool:
    """Start a build and kill it after so many seconds; whether it still ran."""
    log = subprocess.DEVNULL
    run = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        run.wait(delay)
        return False
    except subprocess.TimeoutExpired:
        (os.killpg if group else os.kill)(run.pid, signal.SIGKILL)
        run.wait()
        return True


@pytest.fixture(scope="session")
def two_states(built, build, outputs, tmp_path_factory) -> tuple[list, list, float]:
    """Contents of the events, outputs of their undisturbed builds, and how long a build takes."""
    folder = Path(shutil.copytree(built, tmp_path_factory.mktemp("states") / "trial"))
    old = (folder / EVENTS).read_bytes()
    (folder / EVENTS).write_bytes(regraded(old))
    start = time.monotonic()
    run = build(folder)
    assert run.returncode == 0, run.stderr
    taken = time.monotonic() - start
    contents, made = [old, regraded(old)], [outputs(built), outputs(folder)]
    assert made[0].keys() == made[1].keys() and made[0] != made[1]
    return contents, made, taken


@pytest.mark.parametrize("seed", range(GROUPS))
def test_killed_builds_leave_nothing_half_written_and_the_next_one_finishes(
        trial, two_states, command, build, outputs, count, seed):
    contents, made, taken = two_states
    chance = random.Random(seed)
    for number in range(KILLS // GROUPS):
        (trial / EVENTS).write_bytes(contents[(number + 1) % 2])
        hit = killed(command(trial), trial, chance.uniform(0.2, taken), group=number % 2 == 0)
        count("builds killed" if hit else "builds that ended before they were killed")
        now = outputs(trial)
        assert now.keys() == made[0].keys()
        torn = [name for name, digest in now.items()
                if digest not in (made[0][name], made[1][name])]
        assert torn == []
    last = (KILLS // GROUPS) % 2
    run = build(trial)
    assert run.returncode == 0, run.stdout + run.stderr
    assert outputs(trial) == made[last]
    count("plain builds after ten kills, all bytes those of an undisturbed one")
    assert [path for path in trial.rglob(".*") if path.is_file() and path.name != ".lock"
            and ".snakemake" not in path.parts] == []
