"""A build killed at random moments leaves whole files only, and the next one finishes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tracedtrial.files import sweep

KILLS, GROUPS = 50, 5


def started(command: list[str], folder: Path) -> subprocess.Popen:
    log = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)


def killed(command: list[str], folder: Path, delay: float, *, group: bool) -> bool:
    """Start a build and kill it after so many seconds, with its jobs or alone; if it still ran."""
    run = started(command, folder)
    try:
        run.wait(delay)
        return False
    except subprocess.TimeoutExpired:
        (os.killpg if group else os.kill)(run.pid, signal.SIGKILL)
        run.wait()
        return True


@pytest.fixture(scope="session")
def taken(built, states, command, copied, tmp_path_factory) -> float:
    """Seconds of an undisturbed build that has work in every stage."""
    folder = copied(tmp_path_factory.mktemp("taken") / "trial")
    start = time.monotonic()
    assert started(command(folder), folder).wait() == 0
    return time.monotonic() - start


@pytest.mark.parametrize("seed", range(GROUPS))
def test_killed_builds_leave_nothing_half_written_and_the_next_one_finishes(
    trial, states, taken, command, build, outputs, left, count, seed
):
    chance = random.Random(seed)
    hits = 0
    for number in range(KILLS):
        alone = number % 2 == 0
        states.put(trial, (number + 1) % 2)
        hits += killed(command(trial), trial, chance.uniform(0.2, taken), group=not alone)
        assert states.torn(outputs(trial)) == []
        if hits == KILLS // GROUPS:
            break
    assert hits == KILLS // GROUPS
    count("builds killed at a random moment, all files under final names whole", hits)
    run = build(trial)
    assert run.returncode == 0, run.stdout + run.stderr
    assert outputs(trial) == states.made[(number + 1) % 2]
    assert left(trial) == []
    count("plain builds after ten kills, all bytes those of an undisturbed one")


WAITS = "waiting for the last jobs of a killed build"


def halted(run: subprocess.Popen) -> list[psutil.Process]:
    """The jobs that a build runs, as soon as there is one, stopped where they are."""
    while run.poll() is None:
        try:
            found = [
                job
                for job in psutil.Process(run.pid).children(recursive=True)
                if any("tracedtrial.analyses" in word for word in job.cmdline())
            ]
            for job in found:
                job.suspend()
            if found:
                return found
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.02)
    raise AssertionError("the build ended before its jobs could be stopped")


def test_a_build_waits_for_the_last_jobs_of_one_that_was_killed_alone(
    trial, states, command, outputs, count
):
    states.put(trial, 1)
    run = started(command(trial), trial)
    orphans = halted(run)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    states.put(trial, 0)
    before = outputs(trial)
    after = subprocess.Popen(
        command(trial),
        cwd=trial,
        encoding="utf-8",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        assert any(line.strip() == WAITS for line in after.stderr), "it did not wait"
        time.sleep(2)
        assert after.poll() is None and outputs(trial) == before
    finally:
        for job in orphans:
            job.resume()
        said = after.communicate()[1]
    assert after.returncode == 0, said
    assert not any(job.is_running() for job in orphans)
    assert outputs(trial) == states.made[0]
    count("builds that waited for the jobs of a killed one")


DIE = "import os; from pathlib import Path; die = lambda *_: os.kill(os.getpid(), 9)\n"
WRITERS = {
    "a file": "from tracedtrial.files import whole_file\n"
    "with whole_file(Path('build/made.txt')): die()",
    "a folder": "from tracedtrial.release.submission import archive\narchive.os.replace = die\n"
    "archive.write_folder({'made.txt': b'x'}, Path('build/made'))",
}


@pytest.mark.parametrize("made", WRITERS)
def test_what_a_killed_process_left_is_swept(tmp_path, made):
    (tmp_path / "build").mkdir()
    run = subprocess.run([sys.executable, "-c", DIE + WRITERS[made]], cwd=tmp_path)
    assert run.returncode == -signal.SIGKILL
    assert len(list((tmp_path / "build").glob(".made*"))) == 1
    sweep(tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []
