"""Selections of a declaration as SQL conditions."""

from collections.abc import Iterable

from tracedtrial.analyses.declared.conditions import COMPARISONS, Clause


def condition(clauses: Iterable[Clause]) -> str:
    """The clauses as one condition; true where there is none."""
    return " AND ".join(map(_sql, clauses)) or "true"


def _sql(clause: Clause) -> str:
    name = identifier(clause.variable)
    if clause.operator == "missing":
        return f"({name} IS NULL)"
    if clause.operator == "not missing":
        return f"({name} IS NOT NULL)"
    if clause.operator in COMPARISONS:
        return f"({name} {clause.operator} {literal(clause.values[0])})"
    return f"({name} {clause.operator.upper()} ({', '.join(map(literal, clause.values))}))"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted text, which SQL casts to the kind of what it is compared with."""
    return "'" + text.replace("'", "''") + "'"
