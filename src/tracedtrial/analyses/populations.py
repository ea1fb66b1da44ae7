"""Populations by the protocol's rules: who belongs, and which rows say so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tracedtrial.analyses.declared.conditions import SyntaxFault, parse_clauses
from tracedtrial.analyses.declared.file import unknown
from tracedtrial.analyses.declared.values import met
from tracedtrial.analyses.escalation import Decision
from tracedtrial.datasets import Datasets
from tracedtrial.datasets.dataset import NOTHING, union
from tracedtrial.datasets.subject_variables import subject_variables, variable_sources
from tracedtrial.paths import PROTOCOL
from tracedtrial.record.roles import merged
from tracedtrial.refusal import Refusal


@dataclass(frozen=True)
class Population:
    """A set of patients.

    `members` is True for each subject number inside; `records` holds, by role, the rows that
    make or unmake members: `population`, `against` and, where the dose decision chose the level,
    `decision`.
    """

    name: str
    label: str
    members: np.ndarray
    subject_of: np.ndarray
    records: Mapping[str, np.ndarray]

    @property
    def size(self) -> int:
        return int(self.members.sum())

    def restricted(self, name: str, label: str, members: np.ndarray) -> "Population":
        """The members for whom `members` holds too, with the rows of those alone."""
        inside = self.members & members
        kept = self.within(self.records.get("population", NOTHING), inside)
        return replace(
            self,
            name=name,
            label=label,
            members=inside,
            records={**self.records, "population": kept},
        )

    def within(self, records: np.ndarray, members: np.ndarray | None = None) -> np.ndarray:
        """Those records whose subject is among `members` (by default the population's)."""
        members = self.members if members is None else members
        return records[members[self.subject_of[records]]] if len(records) else NOTHING

    def roles(
        self,
        numerator: np.ndarray | None = None,
        supports: np.ndarray = NOTHING,
        against: np.ndarray = NOTHING,
    ) -> dict[str, np.ndarray]:
        """Records by role of a statistic whose `numerator` patients rest on `supports`."""
        numerator = self.members if numerator is None else numerator & self.members
        return merged(
            self.records,
            {"supports": self.within(supports, numerator), "against": self.within(against)},
        )


def populations(data: Datasets, protocol: dict, decision: Decision) -> dict[str, Population]:
    """Every population of the protocol, in its order."""
    subject_of = data.raw.subject_of
    everybody = np.ones(len(data.raw.subjects), bool)
    made: dict[str, Population] = {}
    for name, rule in protocol["populations"].items():
        inside = made[rule["of"]].members if "of" in rule else everybody
        records = made[rule["of"]].records if "of" in rule else {}
        for criterion in rule["all"]:
            ((kind, asked),) = criterion.items()
            holds, rows = _CRITERIA[kind](data, protocol, decision, asked)
            inside = inside & holds
            records = merged(records, rows)
        population = Population(name, rule["label"], inside, subject_of, records)
        kept = population.within(records.get("population", NOTHING))
        made[name] = replace(population, records={**records, "population": kept})
    return made


def _assigned(data: Datasets, protocol: dict, decision: Decision, asked: bool) -> tuple:
    """POP-1: a dose level in ARMCD."""
    return data.adsl.frame["ASSIGNED"].to_numpy(), {"population": data.adsl.sources["assigned"]}


def _doses(data: Datasets, protocol: dict, decision: Decision, asked: int) -> tuple:
    """POP-2: so many doses given."""
    return (
        data.adsl.frame["NDOSED"].to_numpy() >= asked,
        {"population": data.adsl.sources["dosed"]},
    )


def _dlt_window(data: Datasets, protocol: dict, decision: Decision, asked: bool) -> tuple:
    """POP-3: a DLT, or the doses of the window; those that fall short keep their patient out."""
    sources, owner = data.addl.sources, data.raw.subject_of
    escalated = _escalation_members(data, protocol) & data.adsl.frame["ASSIGNED"].to_numpy()
    short = sources["short"][escalated[owner[sources["short"]]]]
    return (
        data.addl.frame["DLTEVLFL"].to_numpy(),
        {"population": union(sources["completed"], sources["dlt"]), "against": short},
    )


def _escalation_members(data: Datasets, protocol: dict) -> np.ndarray:
    cohort = data.adsl.frame["COHORT"]
    return (
        cohort.notna()
        & (cohort != "")
        & (cohort != protocol["escalation"]["expansion_cohort"]["value"])
    ).to_numpy()


def _escalation_cohort(data: Datasets, protocol: dict, decision: Decision, asked: bool) -> tuple:
    """POP-3: a cohort of the escalation."""
    return _escalation_members(data, protocol), {"population": data.adsl.sources["assigned"]}


def _expansion_cohort(data: Datasets, protocol: dict, decision: Decision, asked: bool) -> tuple:
    """POP-4: the expansion cohort."""
    expansion = protocol["escalation"]["expansion_cohort"]["value"]
    holds = (data.adsl.frame["COHORT"] == expansion).to_numpy()
    return holds, {"population": data.adsl.sources["assigned"]}


def _response_assessments(data: Datasets, protocol: dict, decision: Decision, asked: int) -> tuple:
    """POP-5: later visits at which the response is assessable, which needs a baseline."""
    sources = data.adrs.best.sources
    rows = union(sources["weighed"], sources["imaging"], sources["measurable"])
    return data.adrs.best.frame["NPOST"].to_numpy() >= asked, {"population": rows}


def _recommended_level(data: Datasets, protocol: dict, decision: Decision, asked: bool) -> tuple:
    """POP-6: assigned to the recommended level, declared or by the rule."""
    holds = (data.adsl.frame["ARMCD"] == decision.level).to_numpy()
    return holds, {"population": data.adsl.sources["assigned"], "decision": decision.chosen_by}


def _where(data: Datasets, protocol: dict, decision: Decision, asked: str) -> tuple:
    """POP-7: a condition on variables of ADSL."""
    variables = subject_variables(data)
    try:
        clauses = parse_clauses(asked)
    except SyntaxFault as fault:
        raise Refusal(f"{PROTOCOL}: where must have {fault} ({asked!r})") from None
    for clause in clauses:
        if clause.variable not in variables:
            told = unknown("variable", clause.variable, tuple(map(str, variables)))
            raise Refusal(f"{PROTOCOL}: where {asked!r}: ADSL: {told}")
    holds = np.ones(len(variables), bool)
    for clause in clauses:
        holds &= met(variables[clause.variable], clause)
    rows = union(*(variable_sources(data, clause.variable) for clause in clauses))
    return holds, {"population": rows}


_CRITERIA: dict[str, Callable[..., tuple]] = {
    "assigned": _assigned,
    "doses": _doses,
    "dlt_window": _dlt_window,
    "escalation_cohort": _escalation_cohort,
    "expansion_cohort": _expansion_cohort,
    "response_assessments": _response_assessments,
    "recommended_level": _recommended_level,
    "where": _where,
}
