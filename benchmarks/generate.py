"""Large trials in the shipped trial's shape: its patients drawn again under new names, seeded.

`python benchmarks/generate.py FOLDER SUBJECTS [SEED]` copies protocol and manuscript into FOLDER
and writes its raw tables, and a list of published numbers that has none. The shipped patients stay
as they are; every further one is drawn from those of the expansion cohort, with the dates shifted,
the laboratory values scaled and some adverse events and safety laboratory tests left out, so that
ten thousand subjects have about 120,000 adverse events and 300,000 laboratory rows.
"""

import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
RAW = Path("data/raw")
PUBLISHED = Path("data/published.csv")
SEED = 20180038
LONGEST_SHIFT = 300
KEPT_EVENTS, KEPT_TESTS = 0.83, 0.28
SAFETY_TESTS = ("HGB", "NEUT", "PLAT")


def tables() -> dict[str, pd.DataFrame]:
    """The shipped raw tables as texts, partial dates completed."""
    found = {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted((ROOT / RAW).glob("*.csv"))
    }
    for frame in found.values():
        for name in _dates(frame):
            frame[name] = frame[name].map(partial(_completed, end=name.endswith("ENDTC")))
    return found


def _completed(date: str, *, end: bool) -> str:
    """A partial date as its period's first day, or near its last for an end."""
    return date and date + ("-12-28" if end else "-01-01")[len(date) - 4 :]


def _dates(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame if name.endswith("DTC")]


def drawn(shipped: dict[str, pd.DataFrame], subjects: int, seed: int) -> dict[str, pd.DataFrame]:
    """The shipped patients and as many drawn ones as make up `subjects`."""
    rng = np.random.default_rng(seed)
    dm = shipped["dm"]
    pool = dm.loc[dm["COHORT"] == "EXPANSION", "USUBJID"].to_numpy()
    count = max(subjects - len(dm), 0)
    draws = pd.DataFrame(
        {
            "old": rng.choice(pool, count),
            "new": [
                f"{dm['STUDYID'].iloc[0]}-9{n // 1000:03d}-{n % 1000:03d}" for n in range(count)
            ],
            "shift": rng.integers(0, LONGEST_SHIFT, count),
            "scale": rng.lognormal(0, 0.2, count),
        }
    )
    return {
        name: pd.concat([frame, _copies(name, frame, draws, rng)], ignore_index=True)
        for name, frame in shipped.items()
    }


def _copies(
    name: str, frame: pd.DataFrame, draws: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """One table's rows of the drawn patients."""
    rows = draws.merge(frame, left_on="old", right_on="USUBJID", sort=False)
    if name == "ae":
        rows = rows[rng.random(len(rows)) < KEPT_EVENTS]
    if name == "lb":
        kept = rng.random(len(rows)) < KEPT_TESTS
        rows = rows[~rows["LBTESTCD"].isin(SAFETY_TESTS) | kept]
        value = pd.to_numeric(rows["LBSTRESN"]) * rows["scale"]
        value = value.clip(upper=100).where(rows["LBSTRESU"] == "%", value)
        rows = rows.assign(LBSTRESN=value.round(3).map("{:g}".format).where(value.notna(), ""))
    rows = rows.assign(USUBJID=rows["new"])
    if name == "dm":
        rows = rows.assign(SUBJID=rows["new"].astype(str).str[-8:])
    for date in _dates(frame):
        rows[date] = _shifted(rows[date], rows["shift"])
    return rows[frame.columns]


def _shifted(dates: pd.Series, days: pd.Series) -> pd.Series:
    moved = pd.to_datetime(dates.where(dates != "")) - pd.to_timedelta(days, unit="D")
    return moved.dt.strftime("%Y-%m-%d").fillna("")


def write_trial(folder: Path, subjects: int, seed: int = SEED) -> dict[str, int]:
    """Make a trial of so many subjects in `folder`; the rows of each table."""
    shutil.copytree(
        ROOT / "manuscript",
        folder / "manuscript",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("_variables.yml", "_provenance.md"),
    )
    shutil.copy2(ROOT / "analysis/protocol.yaml", folder / "analysis/protocol.yaml")
    (folder / RAW).mkdir(parents=True, exist_ok=True)
    made = drawn(tables(), subjects, seed)
    for name, frame in made.items():
        frame.to_csv(folder / RAW / f"{name}.csv", index=False, lineterminator="\n")
    with (ROOT / PUBLISHED).open(encoding="utf-8") as shipped:
        (folder / PUBLISHED).write_text(shipped.readline(), encoding="utf-8", newline="\n")
    return {name: len(frame) for name, frame in made.items()}


if __name__ == "__main__":
    print(write_trial(Path(sys.argv[1]), *map(int, sys.argv[2:])))
