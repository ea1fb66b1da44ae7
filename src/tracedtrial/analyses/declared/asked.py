"""What a method is asked: one analysis, on one population, for one combination of groups."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from tracedtrial.analyses.declared.adam import Adam
from tracedtrial.analyses.declared.conditions import Clause
from tracedtrial.analyses.declared.model import Analysis, Options
from tracedtrial.analyses.declared.selecting import chosen, nearly
from tracedtrial.analyses.populations import Population
from tracedtrial.datasets.dataset import union, without
from tracedtrial.record.number import Number
from tracedtrial.record.roles import merged


@dataclass(frozen=True)
class Asked:
    """One analysis on one population.

    `population` are the patients of the groups' combination, `whole` those of all groups.
    `prefix` begins the ids, `groups` names the combination's values by variable. `settings`
    holds what the protocol sets for all: `level`, `transform`, `month_days`. `parts` holds the
    groups by their values, for a method that compares them; `population` is all of them then.
    `treated_days` are the days on treatment by subject number, `exposed` the records behind them.
    """

    analysis: Analysis
    population: Population
    whole: Population
    data: Adam
    prefix: str
    groups: Mapping[str, str]
    settings: Mapping[str, object]
    parts: Mapping[str, Population] = field(default_factory=dict)
    treated_days: np.ndarray = field(default_factory=lambda: np.array([]))
    exposed: np.ndarray = field(default_factory=lambda: np.array([], np.int64))

    def options(self, statistic: str) -> Options:
        return self.analysis.statistics[statistic]

    def wants(self, statistic: str) -> bool:
        return statistic in self.analysis.statistics

    @property
    def level(self) -> float:
        return float(str(self.settings["level"]))

    @property
    def month_days(self) -> float:
        return float(str(self.settings["month_days"]))

    def rows(self, *more: Clause) -> np.ndarray:
        """The mask of the data's rows that the analysis chooses, of the population."""
        return self.rows_of_all(*more) & self.population.members[self.data.subjects]

    def rows_of_all(self, *more: Clause) -> np.ndarray:
        """As `rows`, of the patients of all groups."""
        clauses = (*self.analysis.data.clauses, *more)
        return chosen(self.data, clauses) & self.whole.members[self.data.subjects]

    def categories(self, variable: str) -> list[str]:
        """The values of a variable in the chosen rows of any group, in order."""
        held = self.data.frame[variable][self.rows_of_all()].dropna().astype(str)
        return sorted({text for text in held if text})

    def patients(self, rows: np.ndarray) -> np.ndarray:
        """By subject number, whether the subject has one of these rows."""
        have = np.zeros(len(self.population.members), bool)
        have[self.data.subjects[rows]] = True
        return have

    def records(
        self,
        rows: np.ndarray,
        *more: Clause,
        variables: Collection[str] = (),
        others: np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """Records by role of a statistic that rests on these rows.

        `more` are the clauses of its category, which it owes to any patient with such a row:
        those are its `decision`. `variables` are read beside those of the clauses. `others` are
        the rows that could carry a patient in, but do not: they are against it.
        """
        used = (*self.analysis.data.variables, *variables, *(c.variable for c in more))
        near = nearly(self.data, (*self.analysis.data.clauses, *more))
        supports, against = self.data.records(rows, near, used)
        if others is not None:
            kept_out, _ = self.data.records(others, near, used)
            against = without(union(against, kept_out), supports)
        roles = self.population.roles(None, supports, against)
        if not more:
            return roles
        deciding, _ = self.data.records(self.rows_of_all(*more), near, used)
        return merged(roles, {"decision": without(self.whole.within(deciding), supports)})

    def number(self, tail: str, kind: str, value: object, statistic: str, **more: object) -> Number:
        """A number of this analysis; `tail` ends its id."""
        keys = {
            "analysis": self.analysis.id,
            "population": self.population.name,
            **{f"group {name}": text for name, text in self.groups.items()},
            **{
                f"group label {name}": self.analysis.labels[text]
                for name, text in self.groups.items()
                if text in self.analysis.labels
            },
            "label": self.analysis.label,
            **dict(more.pop("keys", {})),  # type: ignore[call-overload]
            "statistic": tail,
        }
        return Number(
            f"{self.prefix}.{tail}",
            kind,
            value,
            statistic,
            population=self.population.name,
            section=f"analyses.{self.analysis.id}",
            keys=keys,
            **more,  # type: ignore[arg-type]
        )

    def within(self, part: Population) -> "Asked":
        """The same of one of the parts."""
        return replace(self, population=part, parts={})

    def values(self, rows: np.ndarray) -> pd.Series:
        """The analysis' variable in these rows."""
        return self.data.frame[self.analysis.value][rows]


Made = Iterator[Number]
