"""Engine one: the numbers of each declared analysis, on each population and group."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import cast

import numpy as np

from tracedtrial.analyses.declared.adam import adam
from tracedtrial.analyses.declared.asked import Asked
from tracedtrial.analyses.declared.methods import registered
from tracedtrial.analyses.declared.model import SIZE, Analysis, time_part
from tracedtrial.analyses.populations import Population
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.subject_variables import subject_variables, variable_sources
from tracedtrial.record.number import Number, slug
from tracedtrial.record.roles import merged

ALL = "all"


@dataclass(frozen=True, eq=False)
class Declared:
    """A declared analysis as a section of the results."""

    analysis: Analysis

    @property
    def __name__(self) -> str:
        return f"analyses.{self.analysis.id}"

    def __call__(self, trial: Trial) -> Iterator[Number]:
        return numbers(trial, self.analysis)


def numbers(trial: Trial, analysis: Analysis) -> Iterator[Number]:
    """Every number of a declared analysis; `functions` begin with the method's."""
    make = registered()[analysis.method].make
    for asked in asked_of(trial, analysis):
        yield from _sizes(asked)
        for number in make(asked):
            yield replace(number, functions=(make, *number.functions))
    yield from _times(analysis)


def asked_of(trial: Trial, analysis: Analysis) -> Iterator[Asked]:
    """What the method is asked: the analysis on each of its populations, group by group."""
    data = adam(trial, analysis.data.dataset)
    days = subject_variables(trial.data)["TRTDURD"]
    exposed = variable_sources(trial.data, "TRTDURD")
    treated_days = days.astype("Float64").to_numpy(float, na_value=np.nan)
    asked = partial(
        Asked,
        analysis,
        data=data,
        settings=_settings(trial),
        treated_days=treated_days,
        exposed=exposed,
    )
    for name in analysis.of:
        population = trial.populations[name]
        start = f"{analysis.id}.{name}" if len(analysis.of) > 1 else analysis.id
        if registered()[analysis.method].groups:
            parts = {
                ", ".join(groups.values()): within
                for groups, within in _groups(trial, analysis, population)
                if groups
            }
            together = _together(population, list(parts.values()))
            yield asked(population=together, whole=population, prefix=start, groups={}, parts=parts)
            continue
        for groups, within in _groups(trial, analysis, population):
            tail = [slug(value) for value in groups.values()] or [ALL] * bool(analysis.by)
            prefix = ".".join([start, *tail])
            yield asked(population=within, whole=population, prefix=prefix, groups=groups)


def _sizes(asked: Asked) -> Iterator[Number]:
    """The patients of the population or group, where they are asked for."""
    if asked.wants(SIZE):
        size = asked.population.size
        yield asked.number(
            SIZE,
            "count",
            size,
            "patients",
            n=size,
            denominator=size,
            method="count of patients",
            records=asked.population.roles(),
            functions=(numbers,),
        )


def _times(analysis: Analysis) -> Iterator[Number]:
    """The times at which something is asked for, as numbers that a label can print."""
    times = {
        float(str(months))
        for options in analysis.statistics.values()
        for months in cast(Iterable[object], options.get("months", ()))
    }
    for months in sorted(times):
        yield Number(
            f"{analysis.id}.times.{time_part(months)}",
            "plain",
            months,
            "protocol value",
            unit="months",
            method="declared",
            source="protocol",
            section=f"analyses.{analysis.id}",
            keys={"analysis": analysis.id, "months": f"{months:g}"},
        )


def _settings(trial: Trial) -> Mapping[str, object]:
    endpoints = trial.protocol["endpoints"]
    return {name: endpoints[name]["value"] for name in ("level", "transform", "month_days")}


def _groups(
    trial: Trial, analysis: Analysis, population: Population
) -> Iterator[tuple[dict[str, str], Population]]:
    """Each combination of the groups' values with its patients, then all of them if asked."""
    values = [
        group_values(trial, population, variable, analysis.labels) for variable in analysis.by
    ]
    for combination in product(*values) if analysis.by else ():
        groups = dict(zip(analysis.by, combination, strict=True))
        yield groups, _within(trial, population, groups)
    if analysis.total or not analysis.by:
        yield {}, population


def group_values(
    trial: Trial, population: Population, variable: str, labels: Iterable[str] = ()
) -> list[str]:
    """A variable's values in a population: in the order of the labels, then of the values.

    Of ARMCD every dose level of the protocol, in its order.
    """
    if variable == "ARMCD":
        return list(trial.protocol["dose_levels"])
    column = subject_variables(trial.data)[variable][population.members]
    present = {str(value) for value in column.dropna() if str(value)}
    first = list(labels)
    return sorted(
        present, key=lambda text: (first.index(text) if text in first else len(first), text)
    )


def _together(population: Population, parts: list[Population]) -> Population:
    """The patients of any of the parts."""
    members = np.any([part.members for part in parts], axis=0)
    records = merged(*(part.records for part in parts))
    return replace(population, members=members, records=records)


def _within(trial: Trial, population: Population, groups: Mapping[str, str]) -> Population:
    """The population's members whose variables have these values."""
    members = population.members.copy()
    rows: dict[str, np.ndarray] = {}
    for variable, text in groups.items():
        column = subject_variables(trial.data)[variable]
        records = variable_sources(trial.data, variable)
        members &= (column.astype(object).map(str) == text).to_numpy()
        rows = merged(rows, {"population": records})
    label = ", ".join([population.label, *groups.values()])
    name = ", ".join([population.name, *(slug(text) for text in groups.values())])
    wider = replace(population, records=merged(population.records, rows))
    return wider.restricted(name, label, np.asarray(members, bool))
