"""`python tests/slurm/twenty.py [TRIALS]`: generated trials through Slurm, and built locally.

While they run, one job is killed, and slurmd is killed (kill -9) and started again. Every trial
and the index must come out byte-identical to the local ones. Exit status 0: they do; 1: a line
for each file that differs.
"""

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(Path(__file__).parent)]

import yaml  # noqa: E402
from cluster import Cluster, slurm, waited  # noqa: E402
from generate import write_trial  # noqa: E402

from tracedtrial.provenance.reproduce import differences, outputs  # noqa: E402

SMALLEST, STEP = 34, 1
LONGEST = 3600


def generated(folder: Path, count: int) -> list[str]:
    """Trials of different sizes and seeds, and the portfolio of them; their names."""
    names = [f"trial-{n:02d}" for n in range(1, count + 1)]
    for n, name in enumerate(names, 1):
        write_trial(folder / name, SMALLEST + STEP * n, seed=n)
    numbers = yaml.safe_load((ROOT / "portfolio/config.yaml").read_text())["numbers"]
    config = {"trials": [{"folder": name} for name in names], "numbers": numbers}
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return names


def command(folder: Path, *options: str) -> list[str]:
    """The build of a portfolio."""
    return [
        str(Path(sys.executable).with_name("snakemake")),
        "--snakefile",
        str(ROOT / "portfolio/Snakefile"),
        "--directory",
        str(folder),
        *options,
    ]


def built_with_failures(cluster: Cluster, folder: Path, count: int) -> Path:
    """Send the portfolio through Slurm; kill a job and a daemon on the way; the log."""
    log = folder / "slurm.log"
    with log.open("wb") as told:
        run = subprocess.Popen(
            command(
                folder,
                "--profile",
                str(ROOT / "profiles/slurm"),
                "--slurm-no-account",
                "--slurm-status-command",
                "squeue",
                "--slurm-init-seconds-before-status-checks",
                "5",
            ),
            cwd=ROOT,
            env=cluster.environment,
            stdout=told,
            stderr=told,
        )
        try:
            _kill_a_job(cluster, folder)
            _kill_slurmd(cluster, folder, count)
            status = run.wait(timeout=LONGEST)
        finally:
            run.poll() is None and run.kill()
    if status:
        print(*log.read_text().splitlines()[-20:], sep="\n", file=sys.stderr)
        sys.exit("the portfolio must come out of Slurm, but its build failed")
    return log


def _kill_a_job(cluster: Cluster, folder: Path) -> None:
    """kill -9 to all processes of a job whose trial is being built."""

    def building() -> bool:
        return bool(cluster.jobs("RUNNING")) and any(folder.glob("*/build/results.json"))

    waited(building, "a job must build a trial", 300)
    job = cluster.jobs("RUNNING")[0]
    cluster.asked("scancel", "--full", "--signal=KILL", job)
    waited(lambda: job not in cluster.jobs("RUNNING", "COMPLETING"), "the killed job must end", 60)
    waited(
        lambda: job in cluster.jobs("FAILED", "CANCELLED"), "the killed job must have failed", 60
    )
    print(f"killed job {job} while it ran", flush=True)


def _kill_slurmd(cluster: Cluster, folder: Path, count: int) -> None:
    """kill -9 to slurmd when about half of the trials are built and jobs run; start it again."""

    def half() -> bool:
        return len(list(folder.glob("build/trials/*.json"))) >= count // 2

    waited(lambda: half() and cluster.jobs("RUNNING"), "half of the trials must be built", LONGEST)
    running = cluster.jobs("RUNNING")
    cluster.kill("slurmd")
    time.sleep(5)
    cluster.start("slurmd", "-D", "-N", socket.gethostname().split(".")[0])
    print(f"killed slurmd while {len(running)} jobs ran, and started it again", flush=True)


def main(count: int = 20) -> int:
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        here, there, own = (Path(name) / part for part in ("local", "cluster", "slurm"))
        names = [generated(folder, count) for folder in (here, there)][0]
        own.mkdir()
        print(f"{count} trials, built on this machine", flush=True)
        subprocess.run(command(here, "--cores", "2", "--quiet", "all"), cwd=ROOT, check=True)
        with slurm(own) as cluster:
            print("the same through Slurm", flush=True)
            built_with_failures(cluster, there, count)
            jobs = len(cluster.jobs("all"))
        found = {trial: differences(here / trial, there / trial) for trial in names}
        files = sum(len(set(outputs(there / trial))) for trial in names)
        index = (here / "build/index.html").read_bytes() == (
            there / "build/index.html"
        ).read_bytes()
    print(*(f"{trial}/{line}" for trial, own in found.items() for line in own), sep="\n", end="")
    same = sum(not lines for lines in found.values())
    print(f"{jobs} Slurm jobs, {files} files; the index {'is' if index else 'is not'} the same")
    print(f"{same} of {count} identical")
    return 0 if same == count and index and jobs > count and files > 20 * count else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
