"""Derives the numbers again from changed tables, only as far as the change can reach."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pandas as pd

from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.analyses.sections import sections
from tracedtrial.analyses.trial import Trial, derived_trial, trial_of
from tracedtrial.datasets.datasets import STAGES, Datasets, setting_of
from tracedtrial.inputs.schema import RawTables
from tracedtrial.record.number import Number

Numbers = dict[str, Number]
Twist = Callable[[Numbers, RawTables], Numbers]


class Rederivation:
    """The numbers of the unchanged tables, and of any changed ones.

    A section of the results is computed again only where something that it read has changed;
    what a section reads is noted while it first runs. `twist` stands in for another engine: it
    may alter the numbers that this one returns.
    """

    def __init__(
        self,
        raw: RawTables,
        protocol: dict,
        twist: Twist | None = None,
        analyses: tuple[Analysis, ...] = (),
    ) -> None:
        self._protocol, self._twist, self._analyses = protocol, twist, analyses
        self._trial = derived_trial(raw, protocol, analyses)
        self._sections = {}
        for section in sections(self._trial):
            reading = _Reading(self._trial)
            numbers = list(section(reading))
            self._sections[section] = (reading.seen, numbers)
        self.numbers = self._twisted(
            {n.id: n for _, numbers in self._sections.values() for n in numbers}, raw
        )

    def __call__(self, raw: RawTables) -> Numbers:
        """The numbers of changed tables by id, each with its records."""
        trial = _shared(trial_of(self._derived(raw), self._protocol, self._analyses), self._trial)
        numbers: Numbers = {}
        for section, (seen, before) in self._sections.items():
            same = all(_part(trial, path) is _part(self._trial, path) for path in seen)
            numbers |= {n.id: n for n in (before if same else section(trial))}
        return self._twisted(numbers, raw)

    def _derived(self, raw: RawTables) -> Datasets:
        """The datasets, each stage run again only where something that it reads is another."""
        base, setting = self._trial.data, setting_of(raw, self._protocol)
        old = {**base.raw.tables, **{name: getattr(base, name) for name in STAGES}}
        new: dict[str, object] = dict(raw.tables)
        for name, stage in STAGES.items():
            same = all(new.get(read) is old.get(read) for read in stage.reads)
            new[name] = (
                old[name]
                if same
                else _same_or_new(
                    stage.make(setting, *(new.get(read) for read in stage.reads)), old[name]
                )
            )
        return Datasets(raw, **{name: new[name] for name in STAGES})

    def full(self, raw: RawTables) -> Numbers:
        """The numbers of changed tables with every section computed."""
        trial = derived_trial(raw, self._protocol, self._analyses)
        return self._twisted({n.id: n for section in sections(trial) for n in section(trial)}, raw)

    def _twisted(self, numbers: Numbers, raw: RawTables) -> Numbers:
        return self._twist(numbers, raw) if self._twist else numbers


class _Reading:
    """A trial that notes which of its parts are read."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self.seen: set[tuple[str, ...]] = set()
        self.protocol, self.criteria = trial.protocol, trial.criteria
        self.populations = _ReadingKeys(trial.populations, ("populations",), self.seen)
        self.data = _ReadingData(trial, self.seen)

    def __getattr__(self, name: str) -> object:
        self.seen.add((name,))
        return getattr(self._trial, name)

    def at_level(self, *arguments: object) -> object:
        self.seen.add(("data", "adsl"))
        return self._trial.at_level(*arguments)


class _ReadingData:
    """The datasets of such a trial; raw tables are noted one by one."""

    def __init__(self, trial: Trial, seen: set[tuple[str, ...]]) -> None:
        self._trial, self._seen = trial, seen

    def __getattr__(self, name: str) -> object:
        if name == "raw":
            tables = self._trial.data.raw.tables
            return replace(
                self._trial.data.raw,
                tables=_ReadingKeys(tables, ("data", "raw", "tables"), self._seen),
            )
        self._seen.add(("data", name))
        return getattr(self._trial.data, name)


class _ReadingKeys(dict):
    """A mapping that notes which of its keys are read; all of them where it is walked through."""

    def __init__(self, held: dict, path: tuple[str, ...], seen: set[tuple[str, ...]]) -> None:
        super().__init__(held)
        self._path, self._seen = path, seen

    def __getitem__(self, key: str) -> object:
        self._seen.add((*self._path, key))
        return super().__getitem__(key)

    def items(self) -> object:
        self._seen.update((*self._path, key) for key in self)
        return super().items()


def _part(trial: Trial, path: tuple[str, ...]) -> object:
    part: object = trial
    for name in path:
        part = part[name] if isinstance(part, dict) else getattr(part, name)
    return part


def _shared(trial: Trial, base: Trial) -> Trial:
    """The trial with decision and populations replaced by the base's own where they are equal."""
    populations = {
        name: _same_or_new(population, base.populations[name])
        for name, population in trial.populations.items()
    }
    return replace(
        trial, decision=_same_or_new(trial.decision, base.decision), populations=populations
    )


def _same_or_new(new: object, old: object) -> object:
    return old if same(new, old) else new


def same(new: object, old: object) -> bool:
    """Whether two parts of a trial, or values in its derivation, say the same."""
    if new is old:
        return True
    if isinstance(new, pd.DataFrame | pd.Series | pd.Index):
        return type(new) is type(old) and new.equals(old)
    if isinstance(new, np.ndarray):
        return np.array_equal(new, old)
    if isinstance(new, dict):
        return new.keys() == old.keys() and all(same(new[k], old[k]) for k in new)
    if isinstance(new, tuple | list):
        return len(new) == len(old) and all(map(same, new, old))
    if type(new) is type(old) and hasattr(new, "__dataclass_fields__"):
        return all(same(getattr(new, f.name), getattr(old, f.name)) for f in fields(new))
    return bool(new == old)
