"""Analyses with their results, each result a number of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracedtrial.provenance.methods import (
    DENOMINATOR,
    METHODS,
    NUMERATOR,
    operation_id,
    relationship_id,
)
from tracedtrial.provenance.places import DESCRIPTIVE, Place, Topic, place
from tracedtrial.refusal import refusal
from tracedtrial.release.ars.documents import Documents
from tracedtrial.release.ars.groupings import data_driven, group_id

NOT_ESTIMABLE = "NE"
REASON = {"controlledTerm": "SPECIFIED IN PROTOCOL"}


@dataclass(frozen=True)
class Analysis:
    """One analysis: its topic, the grouping factors, and (ledger id, row, place) by result."""

    id: str
    topic: Topic
    factors: tuple[str, ...]
    numbers: tuple[tuple[str, dict, Place], ...]

    @property
    def population(self) -> str:
        """The analysis set; a dose level within it is a group."""
        return self.numbers[0][1]["population"].partition(", ")[0]

    @property
    def operations(self) -> list[str]:
        return list(dict.fromkeys(place.operation for _, _, place in self.numbers))


def placed(numbers: Mapping[str, dict], protocol: dict) -> dict[str, Analysis]:
    """The analyses of the numbers that come from data, in the ledger's order.

    Raises
    ------
    Refusal
        Numbers of one analysis differ in population, topic, program or grouping factors.
    """
    together: dict[str, list] = {}
    for id, row in numbers.items():
        if row["source"] == "data":
            where = place(id, row, protocol)
            together.setdefault(where.analysis, []).append((id, row, where))
    return {id: _analysis(id, tuple(rows)) for id, rows in together.items()}


def _analysis(id: str, numbers: tuple[tuple[str, dict, Place], ...]) -> Analysis:
    kinds = {
        (
            where.topic,
            row["population"].partition(", ")[0],
            row["functions"][0]["name"],
            tuple(factor for factor, _ in where.groups),
        )
        for _, row, where in numbers
    }
    if len(kinds) > 1:
        raise refusal(
            "analysis",
            "have one population, program and grouping",
            id,
            ", ".join(name for name, _, _ in numbers[:3]),
            len(numbers),
        )
    where = numbers[0][2]
    return Analysis(id, where.topic, tuple(factor for factor, _ in where.groups), numbers)


def written(analysis: Analysis, others: Mapping[str, Analysis], documents: Documents) -> dict:
    """The analysis as the standard has it; `others` hold its denominators."""
    topic, rows = analysis.topic, [row for _, row, _ in analysis.numbers]
    dataset, _, variable = topic.place.partition(".")
    made = {
        "id": f"analysis.{analysis.id}",
        "name": topic.name,
        "description": "; ".join(dict.fromkeys(row["method"] for row in rows)),
        "reason": REASON,
        "purpose": _purpose(topic.purpose),
        "documentRefs": documents.of(analysis.numbers),
        "methodId": f"method.{topic.method}",
        "programmingCode": documents.program(rows[0]["functions"][0]),
    }
    if analysis.population:
        made["analysisSetId"] = f"set.{analysis.population}"
    if topic.subset:
        made["dataSubsetId"] = topic.subset
    if topic.place:
        made |= {"dataset": dataset, "variable": variable}
    if analysis.factors:
        made["orderedGroupings"] = [
            {"order": order, "groupingId": factor, "resultsByGroup": True}
            for order, factor in enumerate(analysis.factors, 1)
        ]
    referenced = referenced_operations(analysis, others)
    if referenced:
        made["referencedAnalysisOperations"] = referenced
    return made | {"results": [_result(row, where) for _, row, where in analysis.numbers]}


def referenced_operations(analysis: Analysis, others: Mapping[str, Analysis]) -> list[dict]:
    """Which analysis holds the numerator and the denominator of each operation."""
    method, found = analysis.topic.method, []
    for key in analysis.operations:
        operation = METHODS[method][1][key]
        for role, other in ((NUMERATOR, operation.numerator), (DENOMINATOR, operation.denominator)):
            holder = _holder(analysis, other, others)
            if holder:
                found.append(
                    {
                        "referencedOperationRelationshipId": relationship_id(method, key, role),
                        "analysisId": f"analysis.{holder}",
                    }
                )
    return found


def _holder(analysis: Analysis, other: str, others: Mapping[str, Analysis]) -> str | None:
    """The id of the analysis with the operation `other`: itself, the cohorts, the population."""
    method = other.partition(".")[0]
    if not other or method == analysis.topic.method:
        return analysis.id if other else None
    if method == "cohort_toxicity":
        return "dlt.cohorts" if "dlt.cohorts" in others else None
    levels = ".by_level" if "grouping.level" in analysis.factors else ""
    size = f"populations.{analysis.population}{levels}"
    return size if size in others else None


def _result(row: dict, where: Place) -> dict:
    made: dict = {"operationId": operation_id(where.topic.method, where.operation)}
    if where.groups:
        made["resultGroups"] = [_group(*group) for group in where.groups]
    return made | {"rawValue": raw_value(row["value"]), "formattedValue": row["text"]}


def _group(grouping: str, value: str) -> dict:
    if data_driven(grouping):
        return {"groupingId": grouping, "groupValue": value}
    return {"groupingId": grouping, "groupId": group_id(grouping, value)}


def raw_value(value: object) -> str:
    """The unrounded value as text, with 12 significant digits; NE where it is not estimable.

    The parts of a value that has several (the bounds of an interval) stand between `; `.

    Examples
    --------
    >>> raw_value(100 / 3), raw_value(12), raw_value([6.5, None])
    ('33.3333333333', '12', '6.5; NE')
    """
    if isinstance(value, list | tuple):
        return "; ".join(map(raw_value, value))
    if value is None:
        return NOT_ESTIMABLE
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _purpose(purpose: str) -> dict:
    if purpose == DESCRIPTIVE:
        return {"controlledTerm": purpose, "sponsorTermId": "term.descriptive"}
    return {"controlledTerm": purpose}
