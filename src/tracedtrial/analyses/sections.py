"""The sections of the results in the order of an article, and all their numbers by id."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tracedtrial.analyses import design, exposure, patients, response, safety, survival, toxicity
from tracedtrial.analyses.declared.engine import Declared
from tracedtrial.analyses.trial import Trial
from tracedtrial.record.number import Number, refuse_prefixes
from tracedtrial.refusal import refusal

Section = Callable[[Trial], Iterator[Number]]
SECTIONS: tuple[Section, ...] = (
    design.design,
    design.doses,
    design.schedule,
    design.two_stage,
    patients.population_sizes,
    patients.disposition,
    patients.deaths,
    patients.baseline,
    toxicity.cohort_toxicity,
    toxicity.level_toxicity,
    toxicity.recommendation,
    toxicity.definition_agreement,
    exposure.duration,
    exposure.reductions,
    exposure.intensity,
    response.response_rates,
    response.best_responses,
    response.agreement,
    survival.progression_free_survival,
    survival.overall_survival,
    survival.response_duration,
    survival.follow_up,
    safety.event_table,
    safety.severity,
    safety.ranking,
)


def sections(trial: Trial) -> tuple[Section, ...]:
    """The sections of every article, then the analyses that this trial declares."""
    return (*SECTIONS, *map(Declared, trial.analyses))


def results(trial: Trial) -> dict[str, Number]:
    """Every number of the trial by id.

    Raises
    ------
    Refusal
        An id is issued twice, or one is a prefix of another.
    """
    numbers: dict[str, Number] = {}
    for section in sections(trial):
        for number in section(trial):
            if number.id in numbers:
                raise refusal("id", "be issued once", number.id, section.__name__)
            own = () if isinstance(section, Declared) else (section,)
            numbers[number.id] = replace(number, functions=(*own, *number.functions))
    refuse_prefixes(numbers)
    return numbers
