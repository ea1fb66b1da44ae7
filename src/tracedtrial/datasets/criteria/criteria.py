"""What response criteria are to the rest of the package, and what they have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tracedtrial.inputs.schema.tables import ResponseTables


@dataclass(frozen=True)
class Course:
    """One subject's assessments in order of date.

    `shown` tells where a progression was shown by imaging alone, `start` is the first dose,
    `therapy` the start of new therapy (None without); dates compare with each other. `measured`
    tells whether the subject has disease that is measured.
    """

    categories: Sequence[str]
    dates: Sequence
    start: object = None
    therapy: object = None
    shown: Sequence[bool] = ()
    measured: bool = True


@dataclass(frozen=True)
class Confirmed:
    """What an assessment counts as, and the place of the later one that decided it, or -1."""

    category: str
    decided_by: int = -1


@dataclass(frozen=True)
class Criteria:
    """Response criteria as the rest of the package needs them.

    `categories` maps each category to its name, from best to worst; the last one is not
    evaluable, and PD is progression. `response` is the least category that is a response, `asks`
    what the raw tables must hold. `weighed` gives the records that are weighed, with USUBJID,
    VISITNUM and ADT; `visit_responses` the unconfirmed response at each visit of these, with
    SERVING where a record of another visit may decide; `baseline` tells who has a baseline to
    compare with; `confirmed` what each assessment of a course counts as; all three by the
    protocol's entry `response`. `thresholds` are the changes (%) that a figure marks,
    of the parameter `thresholds_of` where they do not hold for each.

    `measurable` is the SC test that tells the kind of measurable disease, `units` are those of
    the laboratory tests weighed, `rules` names the entries that the protocol's response must
    have for these criteria, and for these alone.
    """

    name: str
    version: str
    categories: Mapping[str, str]
    response: str
    asks: ResponseTables
    weighed: Callable[[Mapping[str, pd.DataFrame], np.datetime64], pd.DataFrame]
    visit_responses: Callable[[pd.DataFrame, pd.Series, pd.Series, Mapping], pd.DataFrame]
    baseline: Callable[[pd.DataFrame, pd.Series, pd.Series, Mapping], pd.Series]
    confirmed: Callable[[Course, Mapping], list[Confirmed]]
    thresholds: tuple[tuple[float, str], ...]
    change_label: str
    thresholds_of: str = ""
    measurable: str | None = None
    units: Mapping[str, str | None] = field(default_factory=dict)
    rules: tuple[str, ...] = ()

    @property
    def ranks(self) -> tuple[str, ...]:
        """The categories from best to worst."""
        return tuple(self.categories)

    @property
    def responses(self) -> tuple[str, ...]:
        """The categories that are a response."""
        return self.ranks[: self.ranks.index(self.response) + 1]


def counted_places(
    confirmed: Sequence[str], dates: Sequence, new_therapy: object = None
) -> list[int]:
    """Places of the assessments that count: up to the first confirmed PD, none after new therapy.

    IMWG-13.

    Examples
    --------
    >>> counted_places(["SD", "PD", "PR"], [1, 2, 3]), counted_places(["SD", "PR"], [1, 2], 1)
    ([0, 1], [0])
    """
    counted = []
    for place, category in enumerate(confirmed):
        if new_therapy is not None and dates[place] > new_therapy:
            break
        counted.append(place)
        if category == "PD":
            break
    return counted


def best_overall(
    confirmed: Sequence[str], dates: Sequence, ranks: Sequence[str], new_therapy: object = None
) -> int | None:
    """Place of the best of the assessments that count; None if there is none (IMWG-14).

    `ranks` holds the categories from best to worst.

    Examples
    --------
    >>> course, dates, ranks = ["SD", "PR", "CR"], [1, 2, 3], ["CR", "PR", "SD", "PD", "NE"]
    >>> best_overall(course, dates, ranks), best_overall(course, dates, ranks, new_therapy=2)
    (2, 1)
    """
    return min(
        counted_places(confirmed, dates, new_therapy),
        key=lambda place: ranks.index(confirmed[place]),
        default=None,
    )
