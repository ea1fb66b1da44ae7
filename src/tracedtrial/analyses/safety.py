"""Adverse events: patients at their highest grade by class, term and event group."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracedtrial.analyses.populations import Population
from tracedtrial.analyses.summaries import counted
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.dataset import NOTHING, by_subject, union, without
from tracedtrial.datasets.emergence import emergence
from tracedtrial.record.number import Number, slug
from tracedtrial.statistics import adverse_event_counts

FATAL = 5
METHOD = "patients at their highest grade within the row"


@dataclass(frozen=True)
class Row:
    """A row of the adverse-event table: its id, its keys, the events in it.

    `highest` counts the row's patients by their highest grade within it. `deciding` holds the
    earlier rows of events from before the first dose, on which it depends what is in the row.
    """

    id: str
    label: str
    keys: dict[str, str]
    events: pd.DataFrame
    highest: dict[int, int]
    deciding: np.ndarray


def event_table(trial: Trial) -> Iterator[Number]:
    """Every cell: patients by highest grade, of the minimum grade or more, and events."""
    population, safety = _population(trial), trial.protocol["safety"]
    occurred = _events(trial, safety["grade"]["minimum"])["AETOXGR"].tolist()
    grades = sorted({*safety["grade"]["columns"], *occurred})
    for row in table_rows(trial):
        records, decisive = row.events.index.to_numpy(), _decisive_grades(row.events)
        for grade in grades:
            yield from _cells(
                row,
                population,
                f"g{grade}",
                str(grade),
                row.highest.get(grade, 0),
                records[decisive == grade],
                records[decisive != grade],
            )
        yield from _cells(
            row, population, "total", "total", sum(row.highest.values()), records, NOTHING
        )
        yield _number_of_events(
            trial,
            f"{row.id}.total.events",
            row.events,
            row.deciding,
            {**row.keys, "column": "events", "statistic": "events"},
        )


def _number_of_events(
    trial: Trial, id: str, rows: pd.DataFrame, deciding: np.ndarray, keys: dict[str, str]
) -> Number:
    """How many of the treatment-emergent `rows` open an event or raise its grade (AE-6)."""
    count, records, population = (
        int(rows["EVENTFL"].sum()),
        rows.index.to_numpy(),
        _population(trial),
    )
    before = union(deciding, _earlier(trial, rows))
    return Number(
        id,
        "count",
        count,
        "events",
        population=population.name,
        n=count,
        denominator=count,
        keys=keys,
        method="treatment-emergent rows that open an event or raise its grade",
        section="safety.grade",
        functions=(emergence,),
        records=population.roles(supports=records, against=without(before, records)),
    )


def _earlier(trial: Trial, rows: pd.DataFrame) -> np.ndarray:
    """Of the events of `rows`, the records of what came before the last of them (AE-1)."""
    adae = trial.data.adae
    return adae.frame.index[adae.order.before(adae.frame.index.isin(rows.index))].to_numpy()


def _deciding(trial: Trial, rows: pd.DataFrame) -> np.ndarray:
    """Of rows after the first dose, what came before in events from before the first dose."""
    adae = trial.data.adae
    return adae.frame.index[adae.order.deciding(adae.frame.index.isin(rows.index))].to_numpy()


def table_rows(trial: Trial) -> Iterator[Row]:
    """Overall, the protocol's groups, then classes and terms with an event of the least grade."""
    least = trial.protocol["safety"]["grade"]["minimum"]
    events, graded = _events(trial, least), _graded(trial, least)
    highest = _highest(events)
    yield Row(
        "ae.overall",
        "Any",
        {"table": "ae", "row": "overall", "label": "Any"},
        events,
        highest.get((), {}),
        _deciding(trial, graded),
    )
    for name, group in trial.protocol["safety"]["groups"].items():
        keys = {"table": "ae", "row": "group", "group": name, "label": group["label"]}
        own = events[_in_group(events, group)]
        yield Row(
            f"ae.group.{name}",
            group["label"],
            keys,
            own,
            _highest(own).get((), {}),
            _deciding(trial, graded[_in_group(graded, group)]),
        )
    ids = _term_ids(events)
    for system, rows in events.groupby("AEBODSYS", observed=True):
        keys = {"table": "ae", "row": "class", "AEBODSYS": system, "label": system}
        of_class = graded[graded["AEBODSYS"] == system]
        yield Row(
            f"ae.class.{slug(system)}",
            system,
            keys,
            rows,
            highest[system,],
            _deciding(trial, of_class),
        )
        for term, own in rows.groupby("AEDECOD", observed=True):
            keys = {
                "table": "ae",
                "row": "term",
                "AEBODSYS": system,
                "AEDECOD": term,
                "label": term,
            }
            yield Row(
                ids[system, term],
                term,
                keys,
                own,
                highest[system, term],
                _deciding(trial, of_class[of_class["AEDECOD"] == term]),
            )


def severity(trial: Trial) -> Iterator[Number]:
    """Patients with a severe, serious or fatal event, the fatal terms, and events of any grade."""
    population = _population(trial)
    graded = _graded(trial, 1)
    conditions = {
        "severe": graded["AETOXGR"] >= trial.protocol["safety"]["grade"]["severe"],
        "serious": graded["AESER"] == "Y",
        "fatal": graded["AETOXGR"] == FATAL,
    }
    for name, chosen in conditions.items():
        rows = graded[chosen & graded["TRTEMFL"]]
        records = rows.index.to_numpy()
        yield from counted(
            f"safety.{name}",
            population,
            _patients(rows, population),
            supports=records,
            keys={"table": "safety", "row": name},
            against=without(_deciding(trial, graded[chosen]), records),
            section="safety.grade",
        )
    yield _fatal_events(trial, population, graded[conditions["fatal"]])
    yield _number_of_events(
        trial,
        "safety.events.n",
        graded[graded["TRTEMFL"]],
        _deciding(trial, graded),
        {"table": "safety", "row": "events", "statistic": "n"},
    )


def _fatal_events(trial: Trial, population: Population, fatal: pd.DataFrame) -> Number:
    rows = fatal[fatal["TRTEMFL"]]
    records = rows.index.to_numpy()
    terms = tuple(sorted({term.lower() for term in rows["AEDECOD"]}))
    return Number(
        "safety.fatal.events",
        "names",
        terms,
        "events",
        population=population.name,
        n=len(rows),
        denominator=len(rows),
        method="fatal events by name",
        keys={"table": "safety", "row": "fatal", "statistic": "events"},
        section="safety.grade",
        records=population.roles(
            supports=records, against=without(_deciding(trial, fatal), records)
        ),
    )


def ranking(trial: Trial) -> Iterator[Number]:
    """The most common events, ranked, and whether a group's frequency earns the protocol's word.

    Event groups compete with the terms outside them: by patients of the minimum grade or more,
    ties by patients with a severe one, then by name.
    """
    population, safety = _population(trial), trial.protocol["safety"]
    lowest = safety["grade"]["minimum"]
    events, ranked = _events(trial, lowest), _ranked(trial)
    others = union(events.index.to_numpy(), _deciding(trial, _graded(trial, lowest)))
    least = safety["most_common"]["percent"] * population.size
    common = [row for patients, row in ranked if patients and 100 * patients >= least]
    listed = union(*(row.events.index.to_numpy() for row in common))
    yield Number(
        "safety.most_common",
        "names",
        tuple(row.label.lower() for row in common),
        "ranking",
        population=population.name,
        n=len(common),
        denominator=len(ranked),
        method="patients of the minimum grade or more, at or above the threshold",
        keys={"table": "safety", "row": "most_common"},
        section="safety.most_common",
        records=population.roles(supports=listed, against=without(others, listed)),
    )
    for name in safety.get("infrequent", {}).get("of", []):
        yield _frequency(trial, population, name, events)


def _frequency(trial: Trial, population: Population, name: str, events: pd.DataFrame) -> Number:
    rule = trial.protocol["safety"]["infrequent"]
    group, graded = (
        trial.protocol["safety"]["groups"][name],
        _graded(trial, trial.protocol["safety"]["grade"]["minimum"]),
    )
    rows, deciding = (
        events[_in_group(events, group)],
        _deciding(trial, graded[_in_group(graded, group)]),
    )
    patients = int(_patients(rows, population).sum())
    rare = 100 * patients < rule["percent"] * population.size
    word = (rule["word"] if rare else rule["otherwise"]) if population.size else None
    return Number(
        f"safety.{name}.frequency",
        "text",
        word,
        "frequency",
        population=population.name,
        n=patients,
        denominator=population.size,
        method="patients under the threshold",
        keys={"table": "safety", "row": name},
        section="safety.infrequent",
        parents=(f"ae.group.{name}.total.percent",),
        records=population.roles(
            supports=rows.index.to_numpy(), against=without(deciding, rows.index.to_numpy())
        ),
    )


def _population(trial: Trial) -> Population:
    return trial.populations[trial.protocol["safety"]["population"]["value"]]


def _events(trial: Trial, lowest: int) -> pd.DataFrame:
    """Treatment-emergent rows of the population, of grade `lowest` or more."""
    graded = _graded(trial, lowest)
    return graded[graded["TRTEMFL"]]


def _graded(trial: Trial, lowest: int) -> pd.DataFrame:
    """Rows of the population's patients of grade `lowest` or more, emergent or not."""
    adae = trial.data.adae.frame
    inside = _population(trial).members[by_subject(adae)]
    return adae[(adae["AETOXGR"] >= lowest).to_numpy() & inside]


def _in_group(events: pd.DataFrame, group: dict) -> np.ndarray:
    return (
        events["AEDECOD"].isin(group.get("terms", []))
        | events["AEBODSYS"].isin(group.get("classes", []))
    ).to_numpy()


def _patients(events: pd.DataFrame, population: Population) -> np.ndarray:
    return np.bincount(by_subject(events), minlength=len(population.members)) > 0


def _highest(events: pd.DataFrame) -> dict[tuple[str, ...], dict[int, int]]:
    """Patients by highest grade: overall (), of each class (system,) and term (system, term)."""
    counts = adverse_event_counts(events)
    rows = counts[counts["AETOXGR"] != "any"]
    found: dict[tuple[str, ...], dict[int, int]] = {}
    for level, system, term, grade, patients in zip(
        rows["level"],
        rows["AEBODSYS"],
        rows["AEDECOD"],
        rows["AETOXGR"],
        rows["patients_highest_grade"],
    ):
        key = {"overall": (), "AEBODSYS": (system,)}.get(level, (system, term))
        found.setdefault(key, {})[int(grade)] = int(patients)
    return found


def _decisive_grades(events: pd.DataFrame) -> np.ndarray:
    """The grade of each event that is its patient's highest; 0 of every other."""
    grades, owner = events["AETOXGR"].to_numpy(), by_subject(events)
    highest = np.zeros(int(owner.max(initial=0)) + 1, int)
    np.maximum.at(highest, owner, grades)
    return np.where(grades == highest[owner], grades, 0)


def _cells(
    row: Row,
    population: Population,
    id: str,
    column: str,
    n: int,
    supports: np.ndarray,
    against: np.ndarray,
) -> Iterator[Number]:
    shared = {
        "population": population.name,
        "n": n,
        "denominator": population.size,
        "section": "safety.grade",
        "functions": (adverse_event_counts,),
        "records": population.roles(
            supports=supports, against=without(union(against, row.deciding), supports)
        ),
    }
    yield Number(
        f"{row.id}.{id}.n",
        "count",
        n,
        "patients",
        method=METHOD,
        keys={**row.keys, "column": column, "statistic": "n"},
        **shared,
    )
    yield Number(
        f"{row.id}.{id}.percent",
        "percent",
        100 * n / population.size if population.size else None,
        "percentage",
        unit="%",
        method=METHOD,
        parents=(f"{row.id}.{id}.n",),
        keys={**row.keys, "column": column, "statistic": "percent"},
        **shared,
    )


def _term_ids(events: pd.DataFrame) -> dict[tuple[str, str], str]:
    """An id for each class and term; a term that stands in several classes carries its class."""
    pairs = list(
        events[["AEBODSYS", "AEDECOD"]]
        .astype(object)
        .drop_duplicates()
        .itertuples(index=False, name=None)
    )
    names = [slug(term) for _, term in pairs]
    return {
        (system, term): f"ae.term.{slug(term)}"
        if names.count(slug(term)) == 1
        else f"ae.term.{slug(term)}.{slug(system)}"
        for system, term in pairs
    }


def _ranked(trial: Trial) -> list[tuple[int, Row]]:
    """Groups and ungrouped terms with their patients, the most frequent first."""
    severe = trial.protocol["safety"]["grade"]["severe"]
    groups = trial.protocol["safety"]["groups"].values()
    candidates = []
    for row in table_rows(trial):
        alone = row.keys["row"] == "term" and not any(
            row.keys["AEDECOD"] in group.get("terms", [])
            or row.keys["AEBODSYS"] in group.get("classes", [])
            for group in groups
        )
        if row.keys["row"] == "group" or alone:
            bad = sum(n for grade, n in row.highest.items() if grade >= severe)
            candidates.append((-sum(row.highest.values()), -bad, row.label, row))
    return [(-patients, row) for patients, _, _, row in sorted(candidates, key=lambda c: c[:3])]
