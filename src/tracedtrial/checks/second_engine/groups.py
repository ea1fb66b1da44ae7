"""The groups of an analysis as tables: which there are, who is in each, how many."""

from collections.abc import Iterator

from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.checks.second_engine.clauses import identifier, literal
from tracedtrial.checks.second_engine.settings import Settings


def group_tables(analysis: Analysis, start: str, settings: Settings) -> Iterator[str]:
    """Tables cell (prefix of the ids, values, place), inside (prefix, USUBJID) and size."""
    order = [_order(variable, k, analysis, settings) for k, variable in enumerate(analysis.by)]
    yield (
        "CREATE OR REPLACE TABLE cell AS SELECT *, row_number() OVER "
        f"(ORDER BY {', '.join(order or ['prefix'])}) AS place "
        f"FROM ({' UNION ALL '.join(_cells(analysis, start, settings))})"
    )
    same = [
        f"(g{k} IS NULL OR {identifier(variable)}::VARCHAR = g{k})"
        for k, variable in enumerate(analysis.by)
    ]
    yield (
        "CREATE OR REPLACE TABLE inside AS SELECT prefix, USUBJID FROM cell JOIN whole "
        f"ON {' AND '.join(same) or 'true'}"
    )
    yield (
        "CREATE OR REPLACE TABLE size AS SELECT prefix, count(USUBJID) AS size "
        "FROM cell LEFT JOIN inside USING (prefix) GROUP BY prefix"
    )


def _cells(analysis: Analysis, start: str, settings: Settings) -> Iterator[str]:
    """Each combination of the variables' values, then all patients together if asked."""
    places = range(len(analysis.by))
    if analysis.by:
        values = [_values(variable, k, settings) for k, variable in enumerate(analysis.by)]
        parts = "".join(f" || '.' || id_part(g{k})" for k in places)
        names = ", ".join(f"g{k}" for k in places)
        yield f"SELECT {literal(start)}{parts} AS prefix, {names} FROM {', '.join(values)}"
    if analysis.total or not analysis.by:
        every = f"{start}.all" if analysis.by else start
        yield f"SELECT {literal(every)} AS prefix" + "".join(f", NULL AS g{k}" for k in places)


def _values(variable: str, k: int, settings: Settings) -> str:
    """A variable's values among the patients; of ARMCD every dose level of the protocol."""
    if variable == "ARMCD":
        levels = ", ".join(map(literal, settings.dose_levels))
        return f"(SELECT unnest([{levels}]) AS g{k})"
    name = identifier(variable)
    return f"(SELECT DISTINCT {name}::VARCHAR AS g{k} FROM whole WHERE {name} IS NOT NULL)"


def _order(variable: str, k: int, analysis: Analysis, settings: Settings) -> str:
    """Groups in the order of their labels, dose levels in the protocol's, the others by value."""
    first = settings.dose_levels if variable == "ARMCD" else tuple(analysis.labels)
    listed = ", ".join(map(literal, first))
    return f"coalesce(list_position([{listed}]::VARCHAR[], g{k}), 1000000), g{k}"
