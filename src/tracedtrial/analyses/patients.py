"""Populations, disposition and baseline."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tracedtrial.analyses.populations import Population
from tracedtrial.analyses.summaries import counted, quantity
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.dataset import NOTHING, by_subject
from tracedtrial.inputs.schema.tables import DISPOSITION
from tracedtrial.record.number import Number, slug

MISSING = "MISSING"


def population_sizes(trial: Trial) -> Iterator[Number]:
    """Patients of each population, and treated and evaluable patients of each dose level."""
    for name, population in trial.populations.items():
        yield _size(
            f"population.{name}.n",
            population,
            f"populations.{name}",
            {"table": "populations", "population": name},
        )
    for level in trial.protocol["dose_levels"]:
        for name in ("treated", "evaluable"):
            if name in trial.populations:
                yield _size(
                    f"level.{slug(level)}.{name}.n",
                    trial.at_level(trial.populations[name], level),
                    f"populations.{name}",
                    {"table": "populations", "population": name, "level": slug(level)},
                )


def _size(id: str, population: Population, section: str, keys: dict) -> Number:
    return Number(
        id,
        "count",
        population.size,
        "patients",
        population=population.name,
        n=population.size,
        denominator=population.size,
        method="count of patients",
        keys=keys,
        section=section,
        records=population.roles(),
    )


def disposition(trial: Trial) -> Iterator[Number]:
    """Patients on treatment at the cut-off, and off treatment by reason (DISP-1)."""
    treated, raw = trial.populations["treated"], trial.data.raw.tables
    ended = raw["ds"].loc[trial.data.ended]
    owner, count = by_subject(ended), len(treated.members)
    off = np.bincount(owner, minlength=count) > 0
    yield from counted(
        "disposition.ongoing",
        treated,
        ~off,
        supports=NOTHING,
        against=trial.data.ended,
        section="populations.treated",
        keys={"table": "disposition", "row": "ongoing"},
    )
    yield from counted(
        "disposition.off",
        treated,
        off,
        supports=trial.data.ended,
        section="populations.treated",
        keys={"table": "disposition", "row": "off"},
    )
    yield _reasons(trial, treated, ended)
    for reason in DISPOSITION.codes:
        rows = (ended["DSDECOD"] == reason).to_numpy()
        gone = np.bincount(owner[rows], minlength=count) > 0
        yield from counted(
            f"disposition.off.{slug(reason)}",
            treated,
            gone,
            supports=trial.data.ended[rows],
            section="populations.treated",
            keys={"table": "disposition", "row": "off", "reason": reason},
        )


def _reasons(trial: Trial, treated: Population, ended: pd.DataFrame) -> Number:
    """Every reason for which treatment ended with its patients, the most frequent first."""
    own = ended[treated.members[by_subject(ended)]]
    counts = own["DSDECOD"].astype(object).value_counts()
    tally = tuple(
        sorted(
            ((reason.lower(), int(n)) for reason, n in counts.items()),
            key=lambda pair: (-pair[1], pair[0]),
        )
    )
    return Number(
        "disposition.reasons",
        "tally",
        tally,
        "reasons",
        population=treated.name,
        n=len(own),
        denominator=treated.size,
        method="patients by reason",
        keys={"table": "disposition", "row": "off", "statistic": "reasons"},
        parents=("disposition.off.n",),
        section="populations.treated",
        records=treated.roles(supports=own.index.to_numpy()),
    )


def deaths(trial: Trial) -> Iterator[Number]:
    """Deaths by the cut-off (DISP-2), and those in the safety window of the last dose (DISP-3)."""
    treated, frame = trial.populations["treated"], trial.data.adsl.frame
    dead = frame["DTHDT"].notna().to_numpy()
    window = trial.protocol["safety"]["emergent"]["days_after_last_dose"]
    since = (frame["DTHDT"] - frame["TRTEDT"]).dt.days.to_numpy()
    rows = trial.data.adsl.sources["dead"]
    yield from counted(
        "disposition.deaths",
        treated,
        dead,
        supports=rows,
        keys={"table": "disposition", "row": "deaths"},
        section="populations.treated",
    )
    yield from counted(
        "disposition.deaths_on_study",
        treated,
        dead & (since <= window),
        supports=rows,
        keys={"table": "disposition", "row": "deaths on study"},
        section="safety.emergent",
    )


def baseline(trial: Trial) -> Iterator[Number]:
    """Baseline characteristics of the treated patients, overall and by dose level.

    BASE-1 to BASE-4; each characteristic has a count of the patients who lack it.
    """
    treated = trial.populations["treated"]
    yield from _characteristics(trial, treated, "baseline", "all")
    for level in trial.protocol["dose_levels"]:
        yield from _characteristics(
            trial, trial.at_level(treated, level), f"baseline.by.{slug(level)}", slug(level)
        )


def _characteristics(
    trial: Trial, population: Population, prefix: str, column: str
) -> Iterator[Number]:
    for entry in trial.protocol["baseline"]["characteristics"]:
        values, rows = _values(trial, entry)
        name, section = f"{prefix}.{entry['id']}", f"baseline.characteristics.{entry['id']}"
        keys = {"table": "baseline", "level": column, "characteristic": entry["id"]}
        if entry["kind"] == "median":
            yield from quantity(
                name,
                "number",
                population,
                values.to_numpy(float),
                unit="",
                supports=rows,
                keys=keys,
                section=section,
            )
        for code in entry.get("levels", []):
            yield from counted(
                f"{name}.{slug(code)}",
                population,
                (values == code).to_numpy(),
                supports=rows,
                keys={**keys, "value": code},
                section=section,
            )
        yield from counted(
            f"{name}.missing",
            population,
            values.isna().to_numpy(),
            supports=NOTHING,
            against=rows,
            keys={**keys, "value": MISSING},
            section=section,
        )
    yield from _prior_therapy(trial, population, prefix, column)


def _values(trial: Trial, entry: dict) -> tuple[pd.Series, np.ndarray]:
    """A characteristic by subject number, and the rows that hold it."""
    if "column" in entry:
        return trial.data.adsl.frame[entry["column"]], trial.data.adsl.sources["dm"]
    sc = trial.data.raw.tables["sc"].loc[trial.data.characteristics]
    rows = sc[sc["SCTESTCD"] == entry["test"]]
    values = pd.Series(rows["SCSTRESC"].to_numpy(object), by_subject(rows))
    values = values[~values.index.duplicated()]
    return values.reindex(range(len(trial.data.raw.subjects))), rows.index.to_numpy()


def _prior_therapy(
    trial: Trial, population: Population, prefix: str, column: str
) -> Iterator[Number]:
    """Distinct prior lines, and patients refractory to a drug in any prior line."""
    baseline, count = trial.protocol["baseline"], len(trial.data.raw.subjects)
    prior = trial.data.raw.tables["cm"].loc[trial.data.prior]
    owner = by_subject(prior)
    keys = {"table": "baseline", "level": column}
    if "prior_lines" in baseline:
        lines = prior.groupby(owner)["CMLINE"].nunique().reindex(range(count)).fillna(0)
        yield from quantity(
            f"{prefix}.lines",
            "number",
            population,
            lines.to_numpy(float),
            unit="lines",
            supports=trial.data.prior,
            section="baseline.prior_lines",
            keys={**keys, "characteristic": "lines"},
        )
    for entry in baseline.get("refractory", []):
        shows = (prior["CMDECOD"].isin(entry["drugs"]) & (prior["CMREFRFL"] == "Y")).to_numpy()
        has = np.bincount(owner[shows], minlength=count) > 0
        yield from counted(
            f"{prefix}.refractory.{entry['id']}",
            population,
            has,
            supports=trial.data.prior[shows],
            section="baseline.refractory",
            keys={**keys, "characteristic": "refractory", "value": entry["id"]},
        )
