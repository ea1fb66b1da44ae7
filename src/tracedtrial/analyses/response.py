"""Best confirmed response by population, and investigator against derived."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from tracedtrial.analyses.populations import Population
from tracedtrial.analyses.summaries import counted, exact_bounds
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.dataset import NOTHING, union, without
from tracedtrial.record.number import Number, slug


def response_rates(trial: Trial) -> Iterator[Number]:
    """Each of the protocol's summaries of best confirmed response, with its exact interval."""
    level = trial.protocol["endpoints"]["level"]["value"]
    for column, population in _columns(trial).items():
        for entry in trial.protocol["response"]["summaries"]:
            categories, exactly = _categories(trial, entry), "equal" in entry
            keys = {"table": "response", "column": column, "summary": entry["id"]}
            if exactly:
                keys |= _named(trial, entry["equal"])
            numbers = list(
                _counted(
                    trial,
                    f"response.{column}.{entry['id']}",
                    population,
                    categories,
                    exactly,
                    keys,
                    f"response.summaries.{entry['id']}",
                )
            )
            yield from numbers
            yield exact_bounds(numbers[-1], level)


def best_responses(trial: Trial) -> Iterator[Number]:
    """Patients of each category of best confirmed response that no summary has already."""
    taken = {e["equal"] for e in trial.protocol["response"]["summaries"] if "equal" in e}
    for column, population in _columns(trial).items():
        for category in trial.criteria.ranks:
            if category not in taken:
                yield from _counted(
                    trial,
                    f"response.{column}.best.{slug(category)}",
                    population,
                    [category],
                    True,
                    {"table": "response", "column": column, "category": category}
                    | _named(trial, category),
                    "response.criteria",
                )


def agreement(trial: Trial) -> Iterator[Number]:
    """Visits on which the investigator's and the derived response agree."""
    visits, treated = trial.data.adrs.visits, trial.populations["treated"]
    both = visits[visits["INVESTIGATOR"].notna() & treated.members[visits["subject"]]]
    total, agreed = len(both), int((both["INVESTIGATOR"] == both["DERIVED"]).sum())
    sources = trial.data.adrs.best.sources
    rows = union(sources["weighed"], sources["rs"], sources["measurable"])
    number = partial(
        Number,
        population="treated",
        denominator=total,
        section="response.primary",
        records=treated.roles(supports=rows),
    )
    keys = {"table": "agreement"}
    yield number(
        "response.visits.n",
        "count",
        total,
        "visits",
        n=total,
        method="visits assessed by both",
        keys={**keys, "statistic": "visits"},
    )
    yield number(
        "response.agreement.n",
        "count",
        agreed,
        "visits",
        n=agreed,
        method="equal categories",
        keys={**keys, "statistic": "n"},
    )
    yield number(
        "response.agreement.percent",
        "percent",
        100 * agreed / total if total else None,
        "percentage",
        unit="%",
        n=agreed,
        method="visits / visits",
        keys={**keys, "statistic": "percent"},
        parents=("response.agreement.n", "response.visits.n"),
    )


def _named(trial: Trial, category: str) -> dict[str, str]:
    """The category's name and its place among the criteria's, from the best."""
    place = trial.criteria.ranks.index(category) + 1
    return {"label": trial.criteria.categories[category], "rank": str(place)}


def _columns(trial: Trial) -> dict[str, Population]:
    """Evaluable patients by dose level, the protocol's response population, wider populations."""
    own = trial.protocol["response"]["population"]["value"]
    evaluable, treated = trial.populations["evaluable"], trial.populations["treated"]
    levels = {
        slug(level): trial.at_level(evaluable, level) for level in trial.protocol["dose_levels"]
    }
    return {**levels, own: trial.populations[own], "evaluable": evaluable, "treated": treated}


def _categories(trial: Trial, entry: dict) -> list[str]:
    if "equal" in entry:
        return [entry["equal"]]
    return list(trial.criteria.ranks[: trial.criteria.ranks.index(entry["at_least"]) + 1])


def _counted(
    trial: Trial,
    prefix: str,
    population: Population,
    categories: list[str],
    exactly: bool,
    keys: dict,
    section: str,
) -> Iterator[Number]:
    best = trial.data.adrs.best.frame["BESTRESP"].fillna("NE")
    numerator = best.isin(categories).to_numpy()
    supports, against = _weighed(trial, categories, exactly, numerator)
    yield from counted(
        prefix,
        population,
        numerator,
        supports=supports,
        against=against,
        keys=keys,
        section=section,
    )


def _weighed(
    trial: Trial, categories: list[str], exactly: bool, numerator: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that carry patients into `categories`, and those that do not.

    Of a response that is at least so good, a visit in these categories supports, with baseline
    and the kind of measurable disease; of exactly a category all that was weighed of its patient
    does. Not evaluable is carried by nothing.
    """
    assessed = trial.data.adrs
    sources, owner = assessed.best.sources, trial.data.raw.subject_of
    everything = union(
        sources["weighed"], sources["imaging"], sources["therapy"], sources["measurable"]
    )
    if categories == ["NE"]:
        return NOTHING, everything
    carrying = everything
    if not exactly:
        good = np.append(assessed.visits["AVALC"].isin(categories), True)  # -1 is baseline
        served, serving = assessed.serving
        carrying = union(
            sources["weighed"][good[assessed.visit_of]],
            sources["measurable"],
            np.unique(serving[good[served]]),
        )
    supports = carrying[numerator[owner[carrying]]]
    return supports, without(everything, supports)
