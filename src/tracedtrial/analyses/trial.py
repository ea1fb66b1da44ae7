"""What the sections of the results are asked of: protocol, datasets, populations, decision."""

from dataclasses import dataclass

from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.analyses.escalation import Decision, dose_decision
from tracedtrial.analyses.populations import Population, populations
from tracedtrial.datasets import Datasets, derive, response_criteria
from tracedtrial.datasets.criteria.criteria import Criteria
from tracedtrial.inputs.schema import RawTables


@dataclass(frozen=True)
class Trial:
    """One trial, derived."""

    protocol: dict
    criteria: Criteria
    data: Datasets
    decision: Decision
    populations: dict[str, Population]
    analyses: tuple[Analysis, ...] = ()

    def at_level(self, population: Population, level: str) -> Population:
        """The members treated at one dose level."""
        members = (self.data.adsl.frame["ARMCD"] == level).to_numpy()
        name = f"{population.name}, {level.lower()}"
        label = f"{population.label}, {self.protocol['dose_levels'][level]['label']}"
        return population.restricted(name, label, members)


def derived_trial(raw: RawTables, protocol: dict, analyses: tuple[Analysis, ...] = ()) -> Trial:
    """Derivations, then the dose decision, then the populations that may rest on it.

    `analyses` are those that the trial declares beside the ones of every article.
    """
    return trial_of(derive(raw, protocol), protocol, analyses)


def trial_of(data: Datasets, protocol: dict, analyses: tuple[Analysis, ...] = ()) -> Trial:
    """The trial of datasets already derived."""
    decision = dose_decision(data, protocol)
    made = populations(data, protocol, decision)
    return Trial(protocol, response_criteria(protocol), data, decision, made, analyses)
