"""What a declaration names, held against the trial: populations, datasets, variables, values."""

from collections.abc import Callable, Iterator
from math import prod

import pandas as pd

from tracedtrial.analyses.declared.adam import DATASETS, Adam, adam
from tracedtrial.analyses.declared.conditions import Clause
from tracedtrial.analyses.declared.engine import group_values
from tracedtrial.analyses.declared.method import Method
from tracedtrial.analyses.declared.methods import registered
from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.analyses.declared.reading import told, unknown
from tracedtrial.analyses.declared.selecting import is_day, is_number, typed
from tracedtrial.analyses.trial import Trial
from tracedtrial.inputs.protocol.matching import nearest_spellings
from tracedtrial.paths import ANALYSES
from tracedtrial.refusal import Refusal

Fault = tuple[str, str]
ORDERED = ("<", "<=", ">", ">=")


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
    if found:
        raise Refusal("\n".join(found))


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
        for fault in _clause_faults(analysis.data.dataset, data, clause):
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


def _clause_faults(dataset: str, data: Adam, clause: Clause) -> Iterator[str]:
    """What is wrong in a clause: its variable, or a value that no row has or can have."""
    if clause.variable not in data.frame:
        yield f"{dataset}: {unknown('variable', clause.variable, tuple(map(str, data.frame)))}"
        return
    column = data.frame[clause.variable]
    if clause.operator in ORDERED and not (is_number(column) or is_day(column)):
        yield f"{clause.variable} holds texts, which {clause.operator} does not order: {clause}"
        return
    for text in clause.values:
        if text not in data.codes.get(clause.variable, ()):
            yield from _value_faults(column, clause, text)


def _value_faults(column: pd.Series, clause: Clause, text: str) -> Iterator[str]:
    try:
        value = typed(column, text)
    except ValueError:
        kind = "a day as 2024-05-31" if is_day(column) else "a number"
        yield f"{clause.variable} must be compared with {kind}, but got {text!r}"
        return
    held = column.dropna().astype(object)
    if clause.operator in ORDERED or is_number(column) or is_day(column):
        return
    if not (held == value).any():
        texts = sorted({str(one) for one in held if str(one)})
        near = nearest_spellings(text, texts) or texts[:6]
        yield (
            f"{clause.variable} must be compared with a value that a row has, but got {text!r} "
            f"(nearest: {', '.join(near)})"
        )
