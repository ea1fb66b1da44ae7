"""A disk that fills up, at each stage: one line, and the old outputs as they were.

The proof of the lineage, which computes for minutes before it writes, tries less here; what waits
for its text is given one.
"""

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tracedtrial.workflow import TRIAL

STAGES = (
    "results",
    "numbers",
    "coherence",
    "lint",
    "ledger",
    "figure",
    "tables",
    "lock",
    "cells",
    "manuscript",
    "journal",
    "checklist",
    "submission",
    "verify",
    "crosscheck",
    "disagreements",
    "rederive",
    "ledger_check",
    "ars",
    "lineage",
    "page",
    "privacy",
)
NAMES = {"build", "audit"}  # of targets that run nothing
TARGETS = ("audit", "submission")
LINEAGE = "build/audit/lineage.txt"
TRIED_LESS = (
    "import tracedtrial.provenance.lineage.__main__ as proof; proof.SAMPLE = 1; proof.main()"
)
JOB = re.compile(r"^rule (\w+):\n.*?^ +output: (.+?)$.*?^Shell command: (.+?)$", re.M | re.S)


@pytest.fixture(scope="session")
def whole(built, build, tmp_path_factory) -> Path:
    """The trial with the outputs of every stage."""
    folder = Path(shutil.copytree(built, tmp_path_factory.mktemp("whole") / "trial"))
    (folder / LINEAGE).write_text("in place of the proof: 0 violations\n")
    run = build(folder, *TARGETS)
    assert run.returncode == 0, run.stderr
    return folder


@dataclass(frozen=True)
class Job:
    """What Snakemake would run, and the files that it makes."""

    rule: str
    command: list[str]
    outputs: list[str]


@pytest.fixture(scope="session")
def jobs(whole, build) -> dict[str, Job]:
    """A job of each stage, by the name of its rule."""
    run = build(whole, *TARGETS, "--dryrun", "--forceall", "--printshellcmds", "--quiet", "host")
    found = JOB.findall(run.stdout + run.stderr)
    return {
        rule: Job(
            rule, tried_less(shlex.split(command)), outputs.replace(" (update)", "").split(", ")
        )
        for rule, outputs, command in found
    }


def tried_less(command: list[str]) -> list[str]:
    proof = command[1:] == ["-m", "tracedtrial.provenance.lineage"]
    return [command[0], "-c", TRIED_LESS] if proof else command


def test_every_rule_of_the_snakefile_is_a_stage_here(jobs, root):
    lines = [line for path in TRIAL.parent.glob("*.smk") for line in path.read_text().splitlines()]
    rules = {line.removeprefix("rule ").rstrip(":") for line in lines if line.startswith("rule ")}
    assert rules - NAMES == set(STAGES) == set(jobs)
    assert [job.rule for job in jobs.values() if TRIED_LESS in job.command] == ["lineage"]


@pytest.mark.parametrize("limit", [0, 2_000, 30_000])
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_cannot_write_says_so_in_one_line_and_leaves_its_old_outputs(
    whole, jobs, outputs, count, stage, limit
):
    job = jobs[stage]
    contents = {whole / name: (whole / name).read_bytes() for name in job.outputs}
    try:
        for path, content in contents.items():
            path.write_bytes(content + b"\n")  # an old output: the stage would write another
        before = outputs(whole)
        run = subprocess.run(
            ["prlimit", f"--fsize={limit}", *job.command],
            cwd=whole,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        after = outputs(whole)
    finally:
        for path, content in contents.items():
            path.write_bytes(content)
    if run.returncode == 0:
        assert limit and not any(len(content) > limit for content in contents.values())
        return
    assert after == before
    assert run.returncode in (1, 2)
    assert len(run.stderr.strip().splitlines()) == 1 and "Errno" not in run.stderr, run.stderr
    count("stages stopped by a full disk, in one line, old outputs intact")


@pytest.mark.parametrize("room", [20_000, 300_000, 900_000])
def test_a_build_on_a_full_disk_keeps_the_old_outputs_and_the_next_one_finishes(
    built, states, build, outputs, said, left, count, tmp_path, room
):
    disk = tmp_path / "disk"
    disk.mkdir()
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={3 * size}", "tmpfs", disk]).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        trial = Path(shutil.copytree(built, disk / "trial"))
        states.put(trial, 1)
        free = shutil.disk_usage(disk).free
        (disk / "filler").write_bytes(b"0" * (free - room))
        run = build(trial)
        lines = said(run)
        assert run.returncode == 1 and not any("Traceback" in line for line in lines), run.stderr
        assert any(line.endswith("cannot be written: No space left on device") for line in lines)
        assert states.torn(outputs(trial)) == [] and left(trial) == []
        (disk / "filler").unlink()
        assert build(trial).returncode == 0
        assert outputs(trial) == states.made[1]
        count("builds stopped by a full disk that finished when there was room")
    finally:
        subprocess.run(["umount", disk], check=True)
