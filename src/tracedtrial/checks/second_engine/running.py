"""Runs the declared analyses in SQL, one after the other, over the build's analysis datasets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.analyses.declared.model import SIZE, Analysis
from tracedtrial.checks.second_engine.clauses import condition, identifier, literal
from tracedtrial.checks.second_engine.methods import METHODS
from tracedtrial.checks.second_engine.rows import row
from tracedtrial.checks.second_engine.settings import Settings
from tracedtrial.paths import DATASETS
from tracedtrial.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

MACROS = Path(__file__).with_name("macros.sql")


@dataclass(frozen=True)
class Second:
    """A number as engine two has it; `value` is a number, or None where not estimable.

    `bounds` are those of an interval or a range, in place of a value.
    """

    value: float | None
    bounds: tuple[float | None, float | None] | None
    n: int | None
    denominator: int | None


def second_numbers(
    root: Path, analyses: Sequence[Analysis], settings: Settings
) -> dict[str, Second]:
    """Every number of the analyses that engine two derives, by id.

    Raises
    ------
    Refusal
        An analysis dataset of the build cannot be read.
    """
    import duckdb

    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(MACROS.read_text(encoding="utf-8"))
            _load(connection, root / DATASETS)
            return {
                id: second
                for analysis in analyses
                if analysis.method in METHODS
                for id, second in _numbers(connection, analysis, settings)
            }
    except duckdb.Error as error:
        raise Refusal(f"engine two cannot run: {str(error).partition(chr(10))[0]}") from None


def _load(connection: "duckdb.DuckDBPyConnection", folder: Path) -> None:
    for file in sorted(folder.glob("*.csv")):
        connection.execute(
            f"CREATE TABLE {identifier(file.stem)} AS "
            f"FROM read_csv({literal(str(file))}, header = true, sample_size = -1)"
        )


def _numbers(
    connection: "duckdb.DuckDBPyConnection", analysis: Analysis, settings: Settings
) -> Iterator[tuple[str, Second]]:
    for name in analysis.of:
        start = f"{analysis.id}.{name}" if len(analysis.of) > 1 else analysis.id
        for statement in _prepared(analysis, name, start, settings):
            connection.execute(statement)
        queries = METHODS[analysis.method](analysis, settings)
        if SIZE in analysis.statistics:
            queries = chain([row(f"prefix || '.{SIZE}'", "size", "size", "size", "size")], queries)
        for query in queries:
            for id, value, low, high, n, denominator, interval in connection.execute(
                query
            ).fetchall():
                bounds = (low, high) if interval else None
                yield id, Second(value, bounds, n, denominator)


def _in_order(variable: str, place: int, analysis: Analysis, settings: Settings) -> str:
    """Groups in the order of their labels, dose levels in the protocol's, the others by value."""
    first = settings.dose_levels if variable == "ARMCD" else tuple(analysis.labels)
    listed = ", ".join(map(literal, first))
    return f"coalesce(list_position([{listed}]::VARCHAR[], g{place}), 1000000), g{place}"


def _prepared(analysis: Analysis, population: str, start: str, settings: Settings) -> Iterator[str]:
    """Tables whole (patients), cell (groups), inside, size, chosen and chosen_by_all (rows)."""
    yield (
        "CREATE OR REPLACE TABLE whole AS SELECT adsl.* FROM adsl SEMI JOIN "
        f"(FROM population WHERE POPULATION = {literal(population)}) USING (USUBJID)"
    )
    lists = [
        f"(SELECT unnest([{', '.join(map(literal, settings.dose_levels))}]) AS g{place})"
        if variable == "ARMCD"
        else f"(SELECT DISTINCT {identifier(variable)}::VARCHAR AS g{place} FROM whole "
        f"WHERE {identifier(variable)} IS NOT NULL)"
        for place, variable in enumerate(analysis.by)
    ]
    parts = "".join(f" || '.' || id_part(g{place})" for place in range(len(lists)))
    names = ", ".join(f"g{place}" for place in range(len(lists)))
    cells = []
    if lists:
        cells.append(f"SELECT {literal(start)}{parts} AS prefix, {names} FROM {', '.join(lists)}")
    if analysis.total or not lists:
        nothing = "".join(f", NULL AS g{place}" for place in range(len(lists)))
        every = f"{start}.all" if lists else start
        cells.append(f"SELECT {literal(every)} AS prefix{nothing}")
    keys = [
        _in_order(variable, place, analysis, settings) for place, variable in enumerate(analysis.by)
    ]
    order = ", ".join(keys or ["prefix"])
    yield (
        f"CREATE OR REPLACE TABLE cell AS SELECT *, row_number() OVER (ORDER BY {order}) AS place "
        f"FROM ({' UNION ALL '.join(cells)})"
    )
    yield f"CREATE OR REPLACE TABLE asked AS SELECT {literal(start)} AS start"
    same = [
        f"(g{place} IS NULL OR {identifier(variable)}::VARCHAR = g{place})"
        for place, variable in enumerate(analysis.by)
    ]
    yield (
        "CREATE OR REPLACE TABLE inside AS SELECT prefix, USUBJID FROM cell JOIN whole "
        f"ON {' AND '.join(same) or 'true'}"
    )
    yield (
        "CREATE OR REPLACE TABLE size AS SELECT prefix, count(USUBJID) AS size "
        "FROM cell LEFT JOIN inside USING (prefix) GROUP BY prefix"
    )
    rows = f"SELECT * FROM {identifier(analysis.data.dataset.lower())} WHERE "
    rows += condition(analysis.data.clauses)
    yield (
        f"CREATE OR REPLACE TABLE chosen_by_all AS SELECT * FROM ({rows}) "
        "SEMI JOIN whole USING (USUBJID)"
    )
    yield (
        "CREATE OR REPLACE TABLE chosen AS SELECT prefix, row.* FROM inside "
        "JOIN chosen_by_all AS row USING (USUBJID)"
    )
