"""Growth of the way from raw tables to the ledger, row lineage on, as ratios within one run.

`python benchmarks/bench_scale.py [SUBJECTS ...]`; by default the shipped trial's number, a
thousand and ten thousand. Each size runs in a process of its own, right after one that merely
reads the same files with `pandas.read_csv`; seconds are counted after the imports, memory with
them.
"""

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from generate import write_trial
from tabulate import tabulate

SIZES = (32, 1_000, 10_000)
REPEATS = 3


def reading() -> Callable[[], object]:
    """Reading every raw table, unchecked."""
    import pandas as pd

    files = sorted(Path("data/raw").glob("*.csv"))
    return lambda: [pd.read_csv(file) for file in files]


def building() -> Callable[[], object]:
    """Reading, checking, deriving, results with lineage, and the ledger, as the build does."""
    import duckdb
    import pandera.pandas
    import scipy.stats

    from tracedtrial.analyses import __main__ as results
    from tracedtrial.record.ledger import __main__ as ledger
    from tracedtrial.record.ledger import numbers

    sys.argv = sys.argv[:1]
    return lambda: [step() for step in (results.main, numbers.main, ledger.main)]


def child(kind: str) -> None:
    """Time one run in the present folder; say seconds and peak memory."""
    run = {"reading": reading, "building": building}[kind]()
    start = time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


def measured(kind: str, folder: Path) -> dict[str, float]:
    root = str(Path(__file__).resolve().parents[1])
    said = subprocess.run(
        [sys.executable, __file__, f"--{kind}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    return json.loads(said.stdout.splitlines()[-1])


def row(folder: Path, subjects: int) -> dict:
    """The fastest of paired runs at one size."""
    rows = write_trial(folder, subjects)
    pairs = [(measured("reading", folder), measured("building", folder)) for _ in range(REPEATS)]
    read, built = (min(pair[k]["seconds"] for pair in pairs) for k in (0, 1))
    return {
        "subjects": subjects,
        "rows": sum(rows.values()),
        "AE rows": rows["ae"],
        "lab rows": rows["lb"],
        "read_csv, s": read,
        "build, s": built,
        "ratio": built / read,
        "peak, MB": max(pair[1]["peak"] for pair in pairs),
    }


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    found: list[dict] = []
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            found.append(row(Path(name) / str(size), size))
            small = found[-2] if len(found) > 1 else found[-1]
            found[-1]["exponent"] = (
                math.log(found[-1]["build, s"] / small["build, s"])
                / math.log(size / small["subjects"])
                if len(found) > 1
                else math.nan
            )
    print("From raw tables to the ledger, row lineage on")
    print(tabulate(found, headers="keys", floatfmt=".2f"))


if __name__ == "__main__":
    child(sys.argv[1][2:]) if sys.argv[1:2] in (["--reading"], ["--building"]) else main()
