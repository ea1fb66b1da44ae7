"""Selection criteria: who belongs to an analysis set, which records to a data subset."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracedtrial.analyses.declared.conditions import Clause, parse_clauses

ASSESSABLE = "NASSESS"  # PARAMCD of ADRS


@dataclass(frozen=True)
class Condition:
    """`dataset.variable comparator value(s)`."""

    dataset: str
    variable: str
    comparator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """Another set, subset or group, by its id."""

    id: str


@dataclass(frozen=True)
class Compound:
    """All (AND) or any (OR) of the parts."""

    operator: str
    parts: tuple["Expression", ...]


Expression = Condition | Reference | Compound


def condition(place: str, comparator: str, *values: object) -> Condition:
    """The condition on `place`, a dataset and its variable with a dot between."""
    dataset, variable = place.split(".")
    return Condition(dataset, variable, comparator, tuple(map(str, values)))


def every(*parts: Expression) -> Compound:
    return Compound("AND", parts)


def either(*parts: Expression) -> Compound:
    return Compound("OR", parts)


def where(expression: Expression, level: int = 1) -> dict:
    """The expression as the standard writes it at this level of nesting."""
    if isinstance(expression, Condition):
        return {
            "condition": {
                "dataset": expression.dataset,
                "variable": expression.variable,
                "comparator": expression.comparator,
                "value": list(expression.values),
            }
        }
    if isinstance(expression, Reference):
        return {"subClauseId": expression.id}
    parts = [
        {"level": level + 1, "order": order} | where(part, level + 1)
        for order, part in enumerate(expression.parts, 1)
    ]
    return {"compoundExpression": {"logicalOperator": expression.operator, "whereClauses": parts}}


def analysis_sets(protocol: dict, recommended: str | None) -> list[dict]:
    """Every population of the protocol; `recommended` is the recommended dose level."""
    sets = []
    for order, (name, rule) in enumerate(protocol["populations"].items(), 1):
        parts = [Reference(f"set.{rule['of']}")] if "of" in rule else []
        parts += [
            _criterion(protocol, recommended, *entry)
            for criterion in rule["all"]
            for entry in criterion.items()
        ]
        one = len(parts) == 1 and isinstance(parts[0], Condition)
        sets.append(
            {"id": f"set.{name}", "name": name, "label": rule["label"], "level": 1, "order": order}
            | where(parts[0] if one else every(*parts))
        )
    return sets


def _criterion(protocol: dict, recommended: str | None, kind: str, asked: object) -> Expression:
    """A criterion of a population as a condition on the analysis datasets."""
    expansion = protocol["escalation"]["expansion_cohort"]["value"]
    return {
        "assigned": lambda: condition("ADSL.ARMCD", "IN", *protocol["dose_levels"]),
        "doses": lambda: condition("ADSL.NDOSED", "GE", asked),
        "dlt_window": lambda: condition("ADDL.DLTEVLFL", "EQ", "Y"),
        "escalation_cohort": lambda: condition("ADSL.COHORT", "NOTIN", expansion, ""),
        "expansion_cohort": lambda: condition("ADSL.COHORT", "EQ", expansion),
        "response_assessments": lambda: every(
            condition("ADRS.PARAMCD", "EQ", ASSESSABLE), condition("ADRS.AVAL", "GE", asked)
        ),
        "where": lambda: every(*map(_clause, parse_clauses(str(asked)))),
        "recommended_level": lambda: condition(
            "ADSL.ARMCD", "IN", *([recommended] if recommended else [])
        ),
    }[kind]()


_COMPARATORS = {"=": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}


def _clause(clause: Clause) -> Expression:
    """A clause on a variable of ADSL; a missing value is the empty text."""
    variable = f"ADSL.{clause.variable}"
    if clause.operator in _COMPARATORS:
        return condition(variable, _COMPARATORS[clause.operator], *clause.values)
    if clause.operator.endswith("missing"):
        return condition(variable, "NE" if clause.operator.startswith("not") else "EQ", "")
    return condition(variable, "NOTIN" if clause.operator == "not in" else "IN", *clause.values)


def data_subsets(protocol: dict, used: set[str]) -> list[dict]:
    """The subsets among `used`, and those that they rest on."""
    known = dict(_subsets(protocol))
    asked = used | {
        part.id for name in used for part in _parts(known[name][1]) if isinstance(part, Reference)
    }
    chosen = [(name, *known[name]) for name in known if name in asked]
    return [
        {"id": name, "name": label, "level": 1, "order": order} | where(expression)
        for order, (name, label, expression) in enumerate(chosen, 1)
    ]


def _parts(expression: Expression) -> tuple[Expression, ...]:
    return expression.parts if isinstance(expression, Compound) else ()


def _subsets(protocol: dict) -> Iterator[tuple[str, tuple[str, Expression]]]:
    """(id, (label, expression)) of every data subset that an analysis may ask for."""
    yield from _patient_subsets(protocol["safety"]["emergent"]["days_after_last_dose"])
    yield from _event_subsets(protocol)
    given = condition("ADEX.DOSED", "EQ", "Y")
    yield "subset.given", ("Administrations given", given)
    yield (
        "subset.reduced",
        (
            "Smaller doses than planned",
            every(Reference("subset.given"), condition("ADEX.REDUCED", "EQ", "Y")),
        ),
    )
    yield (
        "subset.best_response",
        ("Best confirmed response", condition("ADRS.PARAMCD", "EQ", "CBOR")),
    )
    yield (
        "subset.compared",
        (
            "Visits with a derived and an investigator's response",
            every(
                condition("ADRS.PARAMCD", "EQ", "OVR"), condition("ADRS.AGREEFL", "IN", "Y", "N")
            ),
        ),
    )
    for name in ("PFS_FDA", "PFS_EMA", "OS", "DOR", "TTR"):
        yield (
            f"subset.{name.lower()}",
            (f"Time to event, {name}", condition("ADTTE.PARAMCD", "EQ", name)),
        )


def _patient_subsets(days: int) -> Iterator[tuple[str, tuple[str, Expression]]]:
    yield (
        "subset.ongoing",
        ("On treatment at the cut-off", condition("ADSL.EOTSTT", "EQ", "ONGOING")),
    )
    yield (
        "subset.discontinued",
        ("Off treatment by the cut-off", condition("ADSL.EOTSTT", "NE", "ONGOING")),
    )
    yield "subset.ended", ("End of treatment", condition("DS.DSSCAT", "EQ", "END OF TREATMENT"))
    yield "subset.deaths", ("Deaths", condition("ADSL.DTHFL", "EQ", "Y"))
    yield (
        "subset.deaths_on_study",
        (f"Deaths within {days} days of the last dose", condition("ADSL.LDDTHELD", "LE", days)),
    )


def _event_subsets(protocol: dict) -> Iterator[tuple[str, tuple[str, Expression]]]:
    """Adverse events: treatment-emergent ones by grade, and dose-limiting toxicities."""
    grade, days = protocol["safety"]["grade"], protocol["dlt"]["window"]["days"]
    emergent = Reference("subset.emergent")
    yield "subset.emergent", ("Treatment-emergent events", condition("ADAE.TRTEMFL", "EQ", "Y"))
    new = condition("ADAE.EVENTFL", "EQ", "Y")
    yield "subset.events", ("Events that began or got worse on treatment", every(emergent, new))
    yield (
        "subset.minimum_events",
        (
            f"Events of grade {grade['minimum']} or more that began or got worse on treatment",
            every(Reference("subset.minimum"), new),
        ),
    )
    for name in ("minimum", "severe"):
        yield (
            f"subset.{name}",
            (
                f"Treatment-emergent events of grade {grade[name]} or more",
                every(emergent, condition("ADAE.AETOXGR", "GE", grade[name])),
            ),
        )
    yield (
        "subset.fatal",
        ("Fatal treatment-emergent events", every(emergent, condition("ADAE.AETOXGR", "EQ", 5))),
    )
    yield (
        "subset.serious",
        ("Serious treatment-emergent events", every(emergent, condition("ADAE.AESER", "EQ", "Y"))),
    )
    window = condition("ADAE.ASTDY", "GE", 1), condition("ADAE.ASTDY", "LE", days)
    flagged = condition("ADAE.AEDLTFL", "EQ", "Y")
    yield "subset.dlt", ("Adjudicated dose-limiting toxicities", every(flagged, *window))
    meeting = every(
        condition("ADAE.AEREL", "EQ", "RELATED"),
        either(*map(_limiting, protocol["dlt"]["definition"]["any"])),
    )
    yield (
        "subset.dlt_either",
        (
            "Events adjudicated as, or defined as, dose-limiting",
            every(*window, either(flagged, meeting)),
        ),
    )


def _limiting(rule: dict) -> Expression:
    """One condition of the protocol's definition of dose-limiting toxicity."""
    places = {
        "terms": ("ADAE.AEDECOD", "IN"),
        "classes": ("ADAE.AEBODSYS", "IN"),
        "not_classes": ("ADAE.AEBODSYS", "NOTIN"),
    }
    named = [condition(*places[name], *rule[name]) for name in places if name in rule]
    return every(condition("ADAE.AETOXGR", "GE", rule["grade"]), *named)
