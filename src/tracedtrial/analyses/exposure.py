"""Exposure: cycles, time on treatment, reductions, relative dose intensity."""

from collections.abc import Iterator

import numpy as np

from tracedtrial.analyses.summaries import counted, quantity
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.dataset import by_subject
from tracedtrial.record.number import Number, slug

SECTION = "drugs"


def duration(trial: Trial) -> Iterator[Number]:
    """Cycles begun, and months from the first to the last administration (EXP-4)."""
    treated, adsl, adex = trial.populations["treated"], trial.data.adsl, trial.data.adex
    given = adex.frame[adex.frame["DOSED"]]
    count = len(adsl.frame)
    cycles = given.groupby(by_subject(given))["EXCYCLE"].nunique().reindex(range(count))
    yield from quantity(
        "exposure.cycles",
        "number",
        treated,
        cycles.to_numpy(float),
        unit="cycles",
        supports=adex.sources["dosed"],
        section="cycle",
        keys={"table": "exposure", "row": "cycles"},
    )
    days = (adsl.frame["TRTEDT"] - adsl.frame["TRTSDT"]).dt.days.to_numpy(float) + 1
    months = days / trial.protocol["endpoints"]["month_days"]["value"]
    yield from quantity(
        "exposure.months",
        "months",
        treated,
        months,
        unit="months",
        supports=adex.sources["dosed"],
        section=SECTION,
        keys={"table": "exposure", "row": "months"},
    )


def reductions(trial: Trial) -> Iterator[Number]:
    """Patients given a smaller dose than planned at least once, of any drug and of each (EXP-2)."""
    treated, adex = trial.populations["treated"], trial.data.adex.frame
    chosen = {"exposure.reduced": np.ones(len(adex), bool)} | {
        f"exposure.{slug(drug)}.reduced": (adex["EXTRT"] == drug).to_numpy()
        for drug in trial.protocol["drugs"]
    }
    for prefix, rows in chosen.items():
        reduced = adex[rows & adex["REDUCED"].to_numpy()]
        patients = np.bincount(by_subject(reduced), minlength=len(treated.members)) > 0
        yield from counted(
            prefix,
            treated,
            patients,
            supports=reduced.index.to_numpy(),
            keys={"table": "exposure", "row": prefix.removeprefix("exposure.")},
            section=SECTION,
        )


def intensity(trial: Trial) -> Iterator[Number]:
    """Relative dose intensity of each drug: dose given over planned in cycles begun, % (EXP-3).

    A cycle in which none of the drug was planned does not count.
    """
    treated, adex = trial.populations["treated"], trial.data.adex.frame
    for drug in trial.protocol["drugs"]:
        rows = adex[(adex["EXTRT"] == drug) & (adex["PLANNED"] > 0)]
        total = (
            rows.groupby(by_subject(rows))[["GIVEN", "PLANNED"]]
            .sum()
            .reindex(range(len(treated.members)))
        )
        share = 100 * total["GIVEN"] / total["PLANNED"]
        yield from quantity(
            f"exposure.{slug(drug)}.intensity",
            "percent",
            treated,
            share.to_numpy(float),
            unit="%",
            supports=rows.index.to_numpy(),
            keys={"table": "exposure", "row": "intensity", "drug": slug(drug)},
            section=SECTION,
        )
