"""Fixtures that several modules share: the shipped trial, derived once, and changed copies."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.derive import response_criteria
from analysis.protocol import read_protocol
from analysis.results.number import Number
from analysis.results.sections import results
from analysis.results.trial import Trial, derived_trial
from analysis.schema import DOMAINS, RawTables, read_raw_tables
from analysis.words import printed

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "data" / "raw"


@dataclass
class RawCopy:
    """Raw tables as texts, free to be changed: `rows[domain]` is a list of dicts."""

    folder: Path
    headers: dict[str, list[str]]
    rows: dict[str, list[dict[str, str]]]

    def write(self) -> Path:
        """Write every table; the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for domain, header in self.headers.items():
            with (self.folder / f"{domain}.csv").open("w", encoding="utf-8", newline="") as file:
                table = csv.DictWriter(file, header, lineterminator="\n")
                table.writeheader()
                table.writerows(self.rows[domain])
        return self.folder

    def row(self, domain: str, **cells: str) -> dict[str, str]:
        """The one row that holds these cells; to be changed in place."""
        found = [row for row in self.rows[domain]
                 if all(row[name] == text for name, text in cells.items())]
        assert len(found) == 1, f"{len(found)} rows of {domain} hold {cells}"
        return found[0]

    def without(self, usubjid: str) -> "RawCopy":
        """The tables without any row of a subject."""
        for domain, rows in self.rows.items():
            self.rows[domain] = [row for row in rows if row["USUBJID"] != usubjid]
        return self


@dataclass(frozen=True)
class Outcome:
    """A derived trial with its numbers and their printed texts, by id."""

    trial: Trial
    numbers: dict[str, Number]
    texts: dict[str, str]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the shipped trial."""
    return ROOT


@pytest.fixture(scope="session")
def protocol() -> dict:
    """The shipped protocol; a test that changes it takes a deep copy."""
    return read_protocol(ROOT / "protocol.yaml")


@pytest.fixture(scope="session")
def raw_rows() -> dict[str, list[dict[str, str]]]:
    """The shipped raw tables as they stand in the files."""
    tables = {}
    for domain in DOMAINS:
        with (SHIPPED / f"{domain}.csv").open(encoding="utf-8", newline="") as file:
            tables[domain] = list(csv.DictReader(file))
    return tables


@pytest.fixture
def raw_copy(raw_rows, tmp_path) -> RawCopy:
    """The shipped raw tables, to be changed and written to a folder of the test's own."""
    return RawCopy(tmp_path / "data" / "raw", {d: list(rows[0]) for d, rows in raw_rows.items()},
                   {d: [dict(row) for row in rows] for d, rows in raw_rows.items()})


@pytest.fixture(scope="session")
def outcome(protocol) -> Callable[..., Outcome]:
    """The numbers that the raw tables of a folder give, by the shipped protocol or another."""

    def derived(folder: Path, asked: dict = protocol) -> Outcome:
        raw = read_raw_tables(folder, asked, response_criteria(asked).asks)
        trial = derived_trial(raw, asked)
        numbers = results(trial)
        texts = {id: printed(number, asked["display"]) for id, number in numbers.items()}
        return Outcome(trial, numbers, texts)

    return derived


@pytest.fixture(scope="session")
def shipped(outcome) -> Outcome:
    """The shipped trial."""
    return outcome(SHIPPED)


@pytest.fixture(scope="session")
def raw(shipped) -> RawTables:
    """The shipped raw tables, accepted."""
    return shipped.trial.data.raw
