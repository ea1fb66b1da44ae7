"""A declared analysis: what is asked, of whom, by which groups, by which method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracedtrial.analyses.declared.conditions import Selection, parse_selection

Options = Mapping[str, object]
SIZE = "size"  # every method has it: the patients of the population or group


def time_part(months: float) -> str:
    """`m6`, `m4_5`: a time as a part of an id."""
    return "m" + f"{months:g}".replace(".", "_")


@dataclass(frozen=True)
class Place:
    """Where in the analyses file something is declared, both from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Analysis:
    """One entry of `analysis/analyses.yaml`.

    `of` names populations of the protocol; `by` names ADSL variables, and a number is made for
    each combination of their values, with `total` also for all patients together. `value` is the
    variable that the method summarizes, `rows` the variables whose values make its categories;
    `labels` are the words for a group's value, in the order in which the groups stand.
    `statistics` holds, by name, the options of each statistic asked for. `places` holds the place
    of each key by its path within the entry, "" for the entry.
    """

    id: str
    label: str
    data: Selection
    of: tuple[str, ...]
    method: str
    statistics: Mapping[str, Options]
    by: tuple[str, ...] = ()
    total: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    rows: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)

    def place(self, path: str = "") -> Place:
        """Where `path` of the entry stands, or what holds it."""
        while path and path not in self.places:
            path = path.rpartition("/")[0]
        return self.places[path]


def analysis_of(
    id: str,
    entry: Mapping[str, Any],
    statistics: Mapping[str, Options],
    places: Mapping[str, Place] | None = None,
) -> Analysis:
    """The analysis of an entry of the file, with these options of its statistics.

    Raises
    ------
    SyntaxFault
        `data` is no selection.
    """
    return Analysis(
        id,
        entry["label"],
        parse_selection(entry["data"]),
        _listed(entry["of"]),
        entry["method"],
        statistics,
        _listed(entry.get("by", [])),
        entry.get("total", False),
        entry.get("labels", {}),
        entry.get("value", ""),
        _listed(entry.get("rows", [])),
        _listed(entry.get("grades", [])),
        places or {},
    )


def _listed(value: object) -> tuple[str, ...]:
    return tuple(map(str, value if isinstance(value, list) else [value]))
