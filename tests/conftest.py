"""Fixtures that several modules share: the shipped trial, derived once, and changed copies."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import Trial, derived_trial
from tracedtrial.checks import rederive
from tracedtrial.checks.patient_results import QUERY, Place, first_results, second_results
from tracedtrial.datasets import derive, response_criteria
from tracedtrial.datasets.sources import flat_datasets
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.schema import DOMAINS, RawTables, read_raw_tables
from tracedtrial.inputs.schema.tables import raw_tables
from tracedtrial.record.number import Number
from tracedtrial.record.words import printed

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("analysis", "data/raw", "data/published.csv", "manuscript")
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
        found = [
            row
            for row in self.rows[domain]
            if all(row[name] == text for name, text in cells.items())
        ]
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
    return read_protocol(ROOT / "analysis/protocol.yaml")


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
    return RawCopy(
        tmp_path / "data" / "raw",
        {d: list(rows[0]) for d, rows in raw_rows.items()},
        {d: [dict(row) for row in rows] for d, rows in raw_rows.items()},
    )


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


# Courses worked by hand, run through both derivations


Rows = list[dict[str, object]]


class Courses:
    """Raw tables of patients made for a rule, and what both derivations say of them.

    `rows[domain]` is a list of dicts; a column that is not given is empty, a --SEQ counts on.
    """

    def __init__(self, trial: Path, folder: Path) -> None:
        self.trial, self.folder = trial, folder
        self.protocol = read_protocol(trial / "analysis/protocol.yaml")
        self.asks = response_criteria(self.protocol).asks
        self.specs = raw_tables(self.protocol, self.asks)
        self.rows: dict[str, Rows] = {domain: [] for domain in self.specs}

    def treated(
        self,
        subject: str,
        first_dose: str,
        last_dose: str = "",
        level: str = "",
        cohort: str = "EXPANSION",
        **dm: object,
    ) -> None:
        """A patient with every drug's planned doses from the first to the last day of treatment."""
        level = level or list(self.protocol["dose_levels"])[0]
        self.add(
            "dm",
            subject,
            SUBJID=subject,
            SITEID="001",
            AGE=60,
            AGEU="YEARS",
            SEX="F",
            RACE="UNKNOWN",
            ETHNIC="UNKNOWN",
            ARMCD=level,
            ARM=level,
            COHORT=cohort,
            RFICDTC=first_dose,
            RFSTDTC=first_dose,
            **dm,
        )
        for drug, dose in self.protocol["dose_levels"][level]["doses"].items():
            planned = len(self.protocol["drugs"][drug]["days"])
            self.add(
                "ex",
                subject,
                EXTRT=drug,
                EXCYCLE=1,
                EXPDOSE=dose,
                EXPADM=planned,
                EXDOSE=dose,
                EXADM=planned,
                EXDOSU=self.protocol["drugs"][drug]["unit"],
                EXSTDTC=first_dose,
                EXENDTC=last_dose or first_dose,
            )

    def add(self, domain: str, subject: str, **cells: object) -> None:
        row = {"STUDYID": "COURSES", "DOMAIN": domain.upper(), "USUBJID": subject, **cells}
        if self.specs[domain].sequence:
            row.setdefault(self.specs[domain].sequence, len(self.rows[domain]) + 1)
        self.rows[domain].append(row)

    def first(self) -> dict[str, str]:
        """The texts of the analysis datasets by the first derivation."""
        raw = read_raw_tables(self._written(), self.protocol, self.asks)
        return {
            name.lower(): frame.to_csv(index=False)
            for name, frame in flat_datasets(derive(raw, self.protocol)).items()
        }

    def both(self) -> tuple[dict[Place, str], dict[Place, str]]:
        """Results of patients by the first and by the second derivation, at the same places."""
        values = list(rederive._flat(self.protocol))
        with duckdb.connect(config={"threads": 1}) as connection:
            rederive._load(connection, self._written(), values)
            connection.execute((self.trial / rederive.SCRIPT).read_text(encoding="utf-8"))
            second = second_results(connection.execute(QUERY).fetchall())
        return first_results(self.first(), second), second

    def _written(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        for domain, spec in self.specs.items():
            with (self.folder / f"{domain}.csv").open("w", encoding="utf-8", newline="") as file:
                table = csv.DictWriter(file, list(spec.columns), restval="", lineterminator="\n")
                table.writeheader()
                table.writerows(self.rows[domain])
        return self.folder


@pytest.fixture
def courses(tmp_path) -> Callable[[str], Courses]:
    """Empty courses by a trial's protocol and SQL: the shipped trial, or one of tests/trials."""

    def empty(trial: str = "") -> Courses:
        folder = ROOT / "tests/trials" / trial if trial else ROOT
        return Courses(folder, tmp_path / "courses" / "raw")

    return empty


@pytest.fixture(scope="session")
def course_table() -> Callable[[str], dict[str, list[dict[str, str]]]]:
    """The rows of each course in tests/courses/NAME.csv, by the course's name."""

    def rows(name: str) -> dict[str, list[dict[str, str]]]:
        return by_course(ROOT / "tests/courses" / f"{name}.csv")

    return rows


def by_course(path: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["course"], []).append(row)
    return found
