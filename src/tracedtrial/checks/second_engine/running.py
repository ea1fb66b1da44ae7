"""Runs the declared analyses in SQL, one after the other, over the build's analysis datasets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.analyses.declared.model import SIZE, Analysis
from tracedtrial.checks.second_engine.clauses import condition, identifier, literal
from tracedtrial.checks.second_engine.comparisons import SHARES
from tracedtrial.checks.second_engine.groups import group_tables
from tracedtrial.checks.second_engine.methods import COMPARING, METHODS
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
        for query in chain(_sizes(analysis), METHODS[analysis.method](analysis, settings)):
            for id, value, low, high, n, denominator, interval in connection.execute(
                query
            ).fetchall():
                bounds = (low, high) if interval else None
                yield id, Second(value, bounds, n, denominator)


def _sizes(analysis: Analysis) -> Iterator[str]:
    """The patients of each group, or of all that a comparison is of."""
    if SIZE in analysis.statistics and analysis.method in COMPARING:
        yield row(f"start || '.{SIZE}'", "patients", "patients", "patients", SHARES)
    elif SIZE in analysis.statistics:
        yield row(f"prefix || '.{SIZE}'", "size", "size", "size", "size")


def _prepared(analysis: Analysis, population: str, start: str, settings: Settings) -> Iterator[str]:
    """Tables asked (the start of the ids), whole (patients), the groups' tables, the rows."""
    yield f"CREATE OR REPLACE TABLE asked AS SELECT {literal(start)} AS start"
    yield (
        "CREATE OR REPLACE TABLE whole AS SELECT adsl.* FROM adsl SEMI JOIN "
        f"(FROM population WHERE POPULATION = {literal(population)}) USING (USUBJID)"
    )
    yield from group_tables(analysis, start, settings)
    yield (
        "CREATE OR REPLACE TABLE chosen_by_all AS SELECT * FROM (SELECT * FROM "
        f"{identifier(analysis.data.dataset.lower())} WHERE {condition(analysis.data.clauses)}) "
        "SEMI JOIN whole USING (USUBJID)"
    )
    yield (
        "CREATE OR REPLACE TABLE chosen AS SELECT prefix, row.* FROM inside "
        "JOIN chosen_by_all AS row USING (USUBJID)"
    )
