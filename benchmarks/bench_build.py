"""Whole-process times of the build against a trivial Snakefile, in one run.

Copies the trial to a temporary folder, so that the present outputs stay. Prints seconds, ratios
and the peak memory of the largest process.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
TRIVIAL = 'rule all:\n    output: "done"\n    shell: "echo done > {output}"\n'
REPEATS = 3


def seconds(command: list[str], folder: Path) -> float:
    """Wall-clock time of the command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def trivial(folder: Path) -> float:
    folder.mkdir(exist_ok=True)
    (folder / "Snakefile").write_text(TRIVIAL)
    (folder / "done").unlink(missing_ok=True)
    return seconds([SNAKEMAKE, "all", "--cores", "2", "--quiet", "all"], folder)


def trial_copy(folder: Path) -> Path:
    """The files under version control, without what was built."""
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def regrade(folder: Path) -> None:
    """Raise the grade of the first grade 2 event by one."""
    path = folder / "data/raw/ae.csv"
    lines = path.read_text().splitlines()
    place = lines[0].split(",").index("AETOXGR")
    row = next(k for k, line in enumerate(lines) if line.split(",")[place] == "2")
    cells = lines[row].split(",")
    cells[place] = "3"
    path.write_text("\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]]) + "\n")


def reword(folder: Path) -> None:
    """Change one word of the manuscript, to and fro."""
    path = folder / "manuscript/manuscript.qmd"
    text = path.read_text()
    few, scarce = "leaves\nfew good options", "leaves\nscarce good options"
    old, new = (few, scarce) if few in text else (scarce, few)
    path.write_text(text.replace(old, new, 1))


def measured(folder: Path) -> dict[str, list[float]]:
    """Times of each kind of build, each beside a trivial one of its own."""
    times: dict[str, list[float]] = {"trivial": []}
    trial = trial_copy(folder / "trial")
    build = [SNAKEMAKE, "build", "--quiet", "all"]
    for _ in range(REPEATS):
        for built in ("build", ".snakemake"):
            shutil.rmtree(trial / built, ignore_errors=True)
        times["trivial"].append(trivial(folder / "trivial"))
        times.setdefault("cold", []).append(seconds(build, trial))
        times.setdefault("nothing to do", []).append(seconds(build, trial))
        regrade(trial)
        times.setdefault("one AE grade changed", []).append(seconds(build, trial))
        reword(trial)
        times.setdefault("one word changed", []).append(seconds(build, trial))
        times["trivial"].append(trivial(folder / "trivial"))
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        times = measured(Path(name))
    base = statistics.median(times["trivial"])
    print(f"{'build':24}{'seconds':>10}{'ratio':>8}")
    for kind, values in times.items():
        median = statistics.median(values)
        print(f"{kind:24}{median:10.2f}{median / base:8.2f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of the largest process: {peak:.0f} MB ({os.cpu_count()} processors)")


if __name__ == "__main__":
    main()
