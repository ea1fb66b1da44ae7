"""Speed of `tracedtrial.statistics` beside the tools in common use, as ratios within one run.

Each ratio is the median over paired repetitions: both sides of a pair see the same data, one
straight after the other, so that a busy machine slows both.
"""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from tabulate import tabulate

from tracedtrial.statistics import adverse_event_counts, kaplan_meier

SUBJECTS = 1_000_000
EVENTS = 1_200_000
REPETITIONS = 5


def survival_sample(*, whole_days: bool, seed: int = 20161130) -> tuple[np.ndarray, np.ndarray]:
    """Exponential survival and censoring of a million subjects, in days."""
    rng = np.random.default_rng(seed)
    survival, censoring = rng.exponential((400.0, 900.0), (SUBJECTS, 2)).T
    days = np.minimum(survival, censoring)
    return (np.ceil(days) if whole_days else days), survival <= censoring


def adverse_event_sample(seed: int = 20161130) -> pd.DataFrame:
    """1.2 million events of 100,000 patients, in 27 classes of 40 terms."""
    rng = np.random.default_rng(seed)
    term = rng.integers(0, 27 * 40, EVENTS)
    names = np.array([f"Preferred term {number:04d}" for number in range(27 * 40)], dtype=object)
    classes = np.array([f"System organ class {number:02d}" for number in range(27)], dtype=object)
    patients = np.array([f"TRIAL-{number:06d}" for number in range(100_000)], dtype=object)
    return pd.DataFrame(
        {
            "USUBJID": patients[rng.integers(0, patients.size, EVENTS)],
            "AEBODSYS": classes[term // 40],
            "AEDECOD": names[term],
            "AETOXGR": rng.choice(5, EVENTS, p=(0.4, 0.3, 0.2, 0.09, 0.01)) + 1,
        }
    )


def distinct_patients(events: pd.DataFrame) -> tuple[int, pd.Series, pd.Series]:
    """Patients of any grade overall, by class and by term, in plain pandas."""
    return (
        events["USUBJID"].nunique(),
        events.groupby("AEBODSYS")["USUBJID"].nunique(),
        events.groupby(["AEBODSYS", "AEDECOD"])["USUBJID"].nunique(),
    )


def seconds(run: Callable[[], object]) -> float:
    """The time that `run` takes once."""
    start = perf_counter()
    run()
    return perf_counter() - start


def paired_seconds(
    ours: Callable[[], object], theirs: Callable[[], object]
) -> list[tuple[float, float]]:
    """The times of both, in pairs, after one run of each that does not count."""
    ours(), theirs()
    return [(seconds(ours), seconds(theirs)) for _ in range(REPETITIONS)]


def kaplan_meier_speed(*, whole_days: bool) -> list[tuple[float, float]]:
    """`kaplan_meier` and lifelines' fit on the same million subjects."""
    time, event = survival_sample(whole_days=whole_days)
    return paired_seconds(
        partial(kaplan_meier, time, event), partial(KaplanMeierFitter().fit, time, event)
    )


def adverse_event_speed() -> list[tuple[float, float]]:
    """`adverse_event_counts` and pandas' nunique over the same three levels."""
    events = adverse_event_sample()
    return paired_seconds(partial(adverse_event_counts, events), partial(distinct_patients, events))


def comparison(name: str, pairs: list[tuple[float, float]], *, rule: str) -> list[str]:
    """A row of the table: median times, median ratio and the ratio that is promised."""
    ours, theirs = (median(times) for times in zip(*pairs))
    slower = median(mine / peer for mine, peer in pairs)
    ratio = 1 / slower if "faster" in rule else slower
    return [name, f"{ours:.3f}", f"{theirs:.3f}", f"{ratio:.2f}", rule]


def comparisons() -> list[list[str]]:
    """All speed promises of `tracedtrial.statistics`, measured now."""
    continuous = kaplan_meier_speed(whole_days=False)
    days = kaplan_meier_speed(whole_days=True)
    return [
        comparison("kaplan_meier, continuous times", continuous, rule="faster >= 5"),
        comparison("kaplan_meier, whole days", days, rule="faster >= 1"),
        comparison("adverse_event_counts", adverse_event_speed(), rule="slower <= 2"),
    ]


def main() -> None:
    header = ["function", "seconds", "peer's seconds", "ratio", "promise"]
    print(tabulate(comparisons(), header, disable_numparse=True))


if __name__ == "__main__":
    main()
