"""The numbers of the abstract and of the adverse-event table, derived a second time.

Where the SQL has the views `patient_result` and `number_record`, what is derived of each patient,
and the rows behind the numbers, are compared too.

`analysis/rederive.sql`, the trial's own, runs in DuckDB on the raw tables and on the values of
analysis/protocol.yaml, and sees nothing else. Rows that the protocol leaves out, as the build lists
them among its queries, are taken from the tables before: the decision is one, the derivations are
two. This module runs it and compares; how a number is derived is known there alone, and nothing of
the first derivation is imported here.
"""

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tracedtrial.checks import patient_results, second_records
from tracedtrial.checks.abstract import abstract_variables, id_of
from tracedtrial.checks.patient_results import Place, disagreements, second_results, written
from tracedtrial.checks.second_engine import declared_differences, second_numbers
from tracedtrial.checks.second_engine.declared import declared_analyses
from tracedtrial.checks.second_engine.methods import METHODS, PARTLY
from tracedtrial.checks.second_engine.settings import settings_of
from tracedtrial.checks.second_reading import QUERIES, delivered, leave_out, left_out, load
from tracedtrial.checks.second_records import record_differences, secret_of
from tracedtrial.commands import command
from tracedtrial.files import sha256, write_text
from tracedtrial.paths import LEDGER, MANUSCRIPT, PROTOCOL, RAW, REPORTS, SECOND_DERIVATION
from tracedtrial.record.ledger.reading import read_ledger
from tracedtrial.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

TABLES = ("dm", "cm", "ex", "ae", "rs", "ds", "ss")
OPTIONAL = ("sc", "lb", "tr")  # a trial has those that its protocol and criteria ask for
SCRIPT, REPORT = SECOND_DERIVATION, REPORTS / "rederive.txt"
NONE = f"no second derivation: {SCRIPT} is not there"
ADVERSE_EVENTS = "ae."
DIGITS = 1e-11  # the ledger keeps twelve


@dataclass(frozen=True)
class Rederived:
    """A number as the SQL gives it; None where it gives no n, denominator or unrounded value."""

    text: str
    n: int | None = None
    denominator: int | None = None
    value: float | None = None


@dataclass(frozen=True)
class Second:
    """All that the SQL gives: numbers by id; if it has any, results of patients by place, and
    record keys by id and role."""

    numbers: dict[str, Rederived]
    patients: dict[Place, str]
    records: second_records.Records


@dataclass(frozen=True)
class Difference:
    """An id on which ledger and SQL do not agree: what of it, and what each has."""

    id: str
    what: str
    ledger: object
    rederived: object

    def __str__(self) -> str:
        return (
            f"{self.id}: {self.what} is {_shown(self.ledger)} in the ledger, "
            f"{_shown(self.rederived)} by SQL"
        )


@contextmanager
def database(root: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """A database of the trial in `root`: its raw tables, its protocol, and what the SQL makes.

    Raises
    ------
    Refusal
        A file is missing or cannot be read, or the SQL does not run.
    """
    import duckdb

    try:
        values = list(_flat(yaml.safe_load(_text(root / PROTOCOL))))
        if not (root / SCRIPT).is_file():
            raise Refusal(NONE)
        script = _text(root / SCRIPT)
        with duckdb.connect(config={"threads": 1}) as connection:
            _load(connection, root / RAW, values)
            leave_out(connection, left_out(root, values))
            connection.execute(script)
            yield connection
    except yaml.YAMLError as error:
        raise Refusal(f"{PROTOCOL} must be YAML: {_line(error)}") from None
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise Refusal(f"{SCRIPT} must run on the raw tables: {_line(error)}") from None


def second_derivation(root: Path) -> Second:
    """What the SQL of the trial in `root` gives.

    Raises
    ------
    Refusal
        As `database`; or the SQL gives an id twice.
    """
    with database(root) as connection:
        rows = connection.execute("SELECT id, text, n, denominator, value FROM numbers").fetchall()
        views = connection.execute("SELECT view_name FROM duckdb_views()").fetchall()
        patients, records = (
            connection.execute(view.QUERY).fetchall() if (view.VIEW,) in views else []
            for view in (patient_results, second_records)
        )
    twice = sorted(id for id, count in Counter(row[0] for row in rows).items() if count > 1)
    if twice:
        raise Refusal(
            f"{SCRIPT} must give each id once, but gives {twice[0]!r} again "
            f"({len(twice)} ids in all)"
        )
    return Second(
        {id: Rederived(*row) for id, *row in rows},
        second_results(patients),
        second_records.second_records(records),
    )


def rederived(root: Path) -> dict[str, Rederived]:
    """Every number that the SQL of the trial in `root` gives, by id."""
    return second_derivation(root).numbers


def asked(manuscript: Path, numbers: Collection[str]) -> set[str]:
    """Ids that must be derived twice: the abstract's, and the adverse-event table's in `numbers`.

    Raises
    ------
    Refusal
        The manuscript cannot be read, or its header is no YAML.
    """
    ids = {id_of(name, numbers) for name in abstract_variables(manuscript)}
    return ids | {id for id in numbers if id.startswith(ADVERSE_EVENTS)}


def differences(
    ledger: Mapping[str, Mapping], second: Mapping[str, Rederived], wanted: Collection[str] = ()
) -> list[Difference]:
    """Where the ledger's numbers and the SQL's disagree, by id.

    Every id of the SQL is compared, and every id of `wanted`: its text, and n, denominator and
    unrounded value where the SQL gives them. An id that only one side has is a difference.
    """
    return [
        difference
        for id in sorted({*second, *wanted})
        for difference in _differences(id, ledger.get(id), second.get(id))
    ]


def report(
    compared: int,
    found: Collection[Difference],
    others: Mapping[str, tuple[int, Collection[str]]] = {},
) -> str:
    """The differences, a line each, and the counts; `others` holds these by what is compared."""
    differ = len({difference.id for difference in found})
    counts = [f"{compared} numbers derived twice, {differ} differ"]
    counts += [
        f"{count} {what} derived twice, {len(differing)} differ"
        for what, (count, differing) in others.items()
        if count
    ]
    return "\n".join(
        [*map(str, found), *(line for _, lines in others.values() for line in lines), *counts]
    )


def rederivation(root: Path = Path()) -> tuple[bool, str]:
    """Whether both derivations of the build in `root` agree, and the report.

    Raises
    ------
    Refusal
        As `rederived`; or the ledger is not of these raw tables and this protocol.
    """
    ledger = read_ledger(root / LEDGER)
    _check_inputs(root, ledger)
    numbers, second = ledger["numbers"], second_derivation(root)
    wanted = asked(root / MANUSCRIPT, numbers)
    found = differences(numbers, second.numbers, wanted)
    patients = disagreements(written(root, second.patients), second.patients)
    records = list(record_differences(numbers, second.records, secret_of(root, ledger["inputs"])))
    text = report(
        len(second.numbers.keys() & numbers.keys()),
        found,
        {
            "results of patients": (len(second.patients), patients),
            "sets of records": (len(second.records), records),
        },
    )
    return not (found or patients or records), _rows_left_out(root) + text


def _rows_left_out(root: Path) -> str:
    """The line that says how many rows neither derivation saw; nothing where there are none."""
    rows = len(left_out(root, _flat(yaml.safe_load(_text(root / PROTOCOL)))))
    named = f"{rows} raw row{'s' * (rows != 1)}"
    return f"{named} left out of both derivations, as {QUERIES} lists\n" if rows else ""


def _differences(id: str, first: Mapping | None, second: Rederived | None) -> Iterator[Difference]:
    if first is None or second is None:
        yield Difference(id, "text", first and first.get("text"), second and second.text)
        return
    for what in ("text", "n", "denominator"):
        here, there = first.get(what), getattr(second, what)
        if here != there and (what == "text" or there is not None):
            yield Difference(id, what, here, there)
    here = first.get("value")
    if second.value is not None and not (
        isinstance(here, int | float) and isclose(here, second.value, rel_tol=DIGITS)
    ):
        yield Difference(id, "value", here, second.value)


def _load(
    connection: "duckdb.DuckDBPyConnection", raw: Path, values: list[tuple[str, str]]
) -> None:
    """The raw tables, every column text, and the protocol's values; then no file any more."""
    for name in (*TABLES, *OPTIONAL):
        file = delivered(raw, name)
        if file is None and name in OPTIONAL:
            continue
        if file is None:
            raise Refusal(f"{raw / name}.csv must be a raw table of the trial")
        load(connection, name, file)
    connection.execute("CREATE TABLE protocol (place INTEGER, path VARCHAR, value VARCHAR)")
    connection.execute(
        "INSERT INTO protocol SELECT unnest(?), unnest(?), unnest(?)",
        [list(range(len(values))), *map(list, zip(*values))],
    )
    connection.execute("SET enable_external_access = false")


def _flat(node: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Dotted path and text of every scalar; places in a list count from 0."""
    if isinstance(node, dict | list):
        children = node.items() if isinstance(node, dict) else enumerate(node)
        for key, child in children:
            yield from _flat(child, (*path, str(key)))
    else:
        yield ".".join(path), str(node).lower() if isinstance(node, bool) else str(node)


def _check_inputs(root: Path, ledger: Mapping) -> None:
    for file, digest in ledger.get("inputs", {}).items():
        if not (root / file).is_file() or sha256(root / file) != digest:
            raise Refusal(f"{file} must be as it was when build/ledger.json was made; build again")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{path} must be readable text in UTF-8: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _shown(value: object) -> str:
    return "absent" if value is None else repr(value)


def reported(*, within_build: bool = False) -> bool:
    """Write build/audit/rederive.txt; whether there are no differences.

    Within a build a trial without a second derivation of its own holds, and the report says so;
    its declared analyses are derived twice all the same, from the datasets of the first.
    """
    own = SCRIPT.is_file() or not within_build
    holds, text = rederivation() if own else (True, NONE)
    alike, declared = declared_twice(Path())
    text = "\n".join(part for part in (declared, text) if part)
    write_text(REPORT, text + "\n")
    print(text)
    return holds and alike


def declared_twice(root: Path) -> tuple[bool, str]:
    """Whether both engines agree on the declared analyses, and the report; empty without any."""
    analyses = declared_analyses(root)
    if not analyses:
        return True, ""
    second = second_numbers(root, analyses, settings_of(yaml.safe_load(_text(root / PROTOCOL))))
    derived = {id.rpartition(".")[0] for id in second}
    by_two = {
        analysis.id: analysis.method in METHODS
        and (analysis.method not in PARTLY or any(id.startswith(analysis.id) for id in derived))
        for analysis in analyses
    }
    ledger = read_ledger(root / LEDGER)["numbers"]
    found = list(declared_differences(ledger, second, by_two))
    differing = len({line.partition(":")[0] for line in found})
    single = [id for id, twice in by_two.items() if not twice]
    told = [f"by one engine alone: {', '.join(single)}"] if single else []
    counted = f"{len(second)} numbers of declared analyses by two engines, {differing} differ"
    return not found, "\n".join([*found, *told, counted])


@command
def main() -> bool:
    """What every build checks."""
    return reported(within_build=True)


if __name__ == "__main__":
    sys.exit(main())
