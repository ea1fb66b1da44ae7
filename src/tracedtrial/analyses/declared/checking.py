"""What a declaration names, held against the trial: populations, datasets, variables, values."""

from collections.abc import Callable, Iterator
from math import prod

import pandas as pd

from tracedtrial.analyses.declared.adam import DATASETS, Adam, adam
from tracedtrial.analyses.declared.clauses import clause_faults
from tracedtrial.analyses.declared.conditions import parse_clauses
from tracedtrial.analyses.declared.engine import group_values
from tracedtrial.analyses.declared.file import told, unknown
from tracedtrial.analyses.declared.method import Method
from tracedtrial.analyses.declared.methods import registered
from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.analyses.declared.values import is_number
from tracedtrial.analyses.trial import Trial
from tracedtrial.paths import ANALYSES, PROTOCOL
from tracedtrial.refusal import Refusal

Fault = tuple[str, str]


def check_declared(trial: Trial) -> None:
    """Refuse declarations that name what the trial does not have.

    Raises
    ------
    Refusal
        All findings, a line each: file, line, column, entry, what is wrong, nearest names.
    """
    made: dict[str, Adam] = {}

    def dataset(name: str) -> Adam:
        if name not in made:
            made[name] = adam(trial, name)
        return made[name]

    found = [
        f"{ANALYSES}{told(analysis.places, path, f'{analysis.id}: {fault}')}"
        for analysis in trial.analyses
        for path, fault in _faults(trial, analysis, dataset)
    ]
    found += _of_populations(trial, dataset("ADSL"))
    if found:
        raise Refusal("\n".join(found))


def _of_populations(trial: Trial, subjects: Adam) -> Iterator[str]:
    """Values of a population's condition that no subject has or can have."""
    for name, rule in trial.protocol["populations"].items():
        for asked in (criterion["where"] for criterion in rule["all"] if "where" in criterion):
            for clause in parse_clauses(asked):
                for fault in clause_faults("ADSL", subjects.frame, clause, subjects.codes):
                    yield f"{PROTOCOL}: populations.{name}.where: {fault}"


def _faults(trial: Trial, analysis: Analysis, dataset: Callable[[str], Adam]) -> Iterator[Fault]:
    for name in analysis.of:
        if name not in trial.populations:
            yield "of", unknown("population", name, trial.populations)
    subjects = dataset("ADSL").frame
    for name in analysis.by:
        if name not in subjects:
            yield "by", f"ADSL: {unknown('variable', name, tuple(map(str, subjects)))}"
    yield from _unmatched_labels(trial, analysis, subjects)
    yield from _uncomparable(trial, analysis, subjects)
    if analysis.data.dataset not in DATASETS:
        yield "data", unknown("dataset", analysis.data.dataset, DATASETS)
        return
    data, method = dataset(analysis.data.dataset), registered()[analysis.method]
    yield from _unfit(analysis, method, data)
    for clause in analysis.data.clauses:
        for fault in clause_faults(analysis.data.dataset, data.frame, clause, data.codes):
            yield f"data:{clause.column}", fault


def _uncomparable(trial: Trial, analysis: Analysis, subjects: pd.DataFrame) -> Iterator[Fault]:
    """A comparison of fewer or more groups than its method compares."""
    limits = registered()[analysis.method].groups
    known = {*analysis.by} <= set(subjects) and {*analysis.of} <= trial.populations.keys()
    if limits is None or not known:
        return
    for name in analysis.of:
        values = [group_values(trial, trial.populations[name], one) for one in analysis.by]
        count = prod(map(len, values)) if values else 0
        if not limits[0] <= count <= limits[1]:
            asked = str(limits[0]) if limits[0] == limits[1] else f"{limits[0]} to {limits[1]}"
            yield "by", f"{analysis.method} must compare {asked} groups, but {name} has {count}"


def _unmatched_labels(trial: Trial, analysis: Analysis, subjects: pd.DataFrame) -> Iterator[Fault]:
    """Labels of a value that no subject has in a variable of the groups."""
    held = {str(value) for name in analysis.by if name in subjects for value in subjects[name]}
    for text in analysis.labels:
        if text not in held | set(trial.protocol["dose_levels"]):
            yield f"labels/{text}", unknown("value of a group", text, tuple(held))


def _unfit(analysis: Analysis, method: Method, data: Adam) -> Iterator[Fault]:
    """What the method cannot use: another dataset, variables that are not there, too few groups."""
    own = analysis.data.dataset
    if method.datasets and own not in method.datasets:
        yield "method", f"{method.name} must be asked of {', '.join(method.datasets)}, not of {own}"
        return
    for name in method.needs:
        if name not in data.frame:
            yield "method", f"{method.name} needs {name}, which {own} does not have"
    named = [("value", analysis.value)] if analysis.value else []
    named += [("rows", name) for name in analysis.rows if name != "overall"]
    for path, name in named:
        if name not in data.frame:
            yield path, f"{own}: {unknown('variable', name, tuple(map(str, data.frame)))}"
    if analysis.value in data.frame and not is_number(data.frame[analysis.value]):
        yield "value", f"{analysis.value} must be a number to be summarized, but holds texts"
