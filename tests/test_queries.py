"""Edit checks: each finds the row planted for it, and asks nothing of a sane trial."""

import csv
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.queries.asking import questioned
from tracedtrial.inputs.queries.catalogue import catalogue
from tracedtrial.inputs.queries.checks import CHECKS, ROOMS
from tracedtrial.inputs.queries.identity import BY_SPREADSHEET
from tracedtrial.inputs.queries.tables import Tables
from tracedtrial.inputs.queries.visits import _longest_rising
from tracedtrial.inputs.schema import RawTables, read_raw_tables
from tracedtrial.inputs.schema.tables import EVERY_DOMAIN, raw_tables
from tracedtrial.refusal import Refusal

ROOT = Path(__file__).resolve().parents[1]
RAW = Path("data/raw")
HERE = Path(__file__).parent / "queries"
FOUND = yaml.safe_load((HERE / "found.yaml").read_text(encoding="utf-8"))
REFUSALS = yaml.safe_load((HERE / "refusals.yaml").read_text(encoding="utf-8"))
PLANTED = yaml.safe_load((HERE / "planted.yaml").read_text(encoding="utf-8"))
SECOND = [  # planted in the second trial by its own plan
    "AE-WITHDRAWN-GIVEN: AE/FICPH1.SE05.0009/4: AEACN DRUG WITHDRAWN (all drugs given from "
    "2021-11-02)",
    "DS-DEATH-WITHOUT-EVENT: DS/FICPH1.SE02.0019/1: DSDECOD DEATH",
    "TR-NO-BASELINE: TR/FICPH1.SE04.0025/1: TRLNKID T1 (date 2022-02-27, first dose 2022-02-24)",
    "TR-NO-BASELINE: TR/FICPH1.SE04.0025/2: TRLNKID T2 (date 2022-02-27, first dose 2022-02-24)",
]
Rows = dict[str, list[dict[str, str]]]


class Trial:
    """Rows of a trial that can be changed, and what the checks find among them."""

    def __init__(self, folder: Path, rows: Rows, protocol: dict) -> None:
        self.folder, self.rows, self.protocol = folder, rows, protocol
        self.asks = response_criteria(protocol).asks
        self.subjects = [row["USUBJID"] for row in rows["dm"]]

    def plant(self, plan: dict) -> "Trial":
        """Change, drop, then copy rows, named by table (* for all), patient's place and --SEQ."""
        for name, cells in plan.get("change", {}).items():
            (row,) = self._named(name)
            row.update({column: str(cell) for column, cell in cells.items()})
        copied = [
            (name.split()[0], {**row, **{k: str(v) for k, v in cells.items()}})
            for name, cells in plan.get("copy", {}).items()
            for row in self._named(name)
        ]
        for name in plan.get("drop", []):
            gone = self._named(name)
            for domain in self.rows if name[0] == "*" else name.split()[:1]:
                self.rows[domain] = [row for row in self.rows[domain] if row not in gone]
        for domain, row in copied:
            self._add(domain, row)
        return self

    def _named(self, name: str) -> list[dict[str, str]]:
        domain, patient, *sequence = name.split()
        found = [
            row
            for table in (self.rows if domain == "*" else [domain])
            for row in self.rows[table]
            if row["USUBJID"] == self.subjects[int(patient) - 1]
            and (domain == "dm" or not sequence or row[f"{domain.upper()}SEQ"] == sequence[0])
        ]
        assert found, f"no row {name}"
        return found

    def _add(self, domain: str, row: dict[str, str]) -> None:
        if domain != "dm":
            own = [
                int(other[f"{domain.upper()}SEQ"])
                for other in self.rows[domain]
                if other["USUBJID"] == row["USUBJID"]
            ]
            row[f"{domain.upper()}SEQ"] = str(max(own, default=0) + 1)
        self.rows[domain].append(row)

    def write(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        for domain, table in raw_tables(self.protocol, self.asks).items():
            with (self.folder / f"{domain}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(table.columns), restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.rows[domain])
        return self.folder

    def read(self) -> RawTables:
        return read_raw_tables(self.write(), self.protocol, self.asks)

    def found(self) -> list[str]:
        """Each row found: check, record, column and value."""
        raw = self.read()
        tables = Tables(raw, self.protocol)
        lines = []
        for check in CHECKS.values():
            if set(check.reads) <= set(raw.tables):
                rows = check.finds(tables).sort_index()
                lines += [
                    f"{check.id}: {key}: {check.what} {value}"
                    for key, value in zip(raw.keys(rows.index.to_numpy(int)), rows)
                ]
        return lines


@pytest.fixture
def trial(tmp_path, monkeypatch) -> Callable[..., Trial]:
    """The sane trial, or one of tests/trials, to be changed; it is the working directory's."""
    monkeypatch.chdir(tmp_path)

    def made(name: str = "") -> Trial:
        home = ROOT / "tests/trials" / name if name else ROOT
        rows = {}
        for file in sorted((home / "data/raw" if name else HERE / "sane").glob("*.csv")):
            with file.open(encoding="utf-8", newline="") as lines:
                rows[file.stem] = list(csv.DictReader(lines))
        return Trial(RAW, rows, read_protocol(home / "analysis/protocol.yaml"))

    return made


# The checks


def test_there_are_at_least_fifty_checks_and_each_has_a_planted_row() -> None:
    assert len(CHECKS) >= 50
    assert list(PLANTED) == list(FOUND) and set(PLANTED) == set(CHECKS)
    assert sum(len(room.CHECKS) for room in ROOMS) == len(CHECKS)


@pytest.mark.parametrize("id", CHECKS)
def test_a_check_says_its_rule_in_one_sentence_and_names_tables_of_the_dictionary(id: str) -> None:
    check = CHECKS[id]
    assert check.rule.endswith(".") and check.rule.count(". ") == 0
    assert set(check.reads) <= set(EVERY_DOMAIN) and re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)+", id)


def test_a_sane_trial_is_asked_nothing(trial: Callable[..., Trial]) -> None:
    assert trial().found() == []


def test_the_second_trial_is_asked_of_its_planted_rows_alone(trial: Callable[..., Trial]) -> None:
    assert trial("sarcoma").found() == SECOND


@pytest.mark.parametrize("id", PLANTED)
def test_a_check_finds_the_row_planted_for_it(id: str, trial: Callable[..., Trial]) -> None:
    plan = PLANTED[id]
    before = SECOND if plan.get("in") else []
    found = [line for line in trial(plan.get("in", "")).plant(plan).found() if line not in before]
    assert found == FOUND[id] and any(line.startswith(f"{id}: ") for line in found)


@pytest.mark.parametrize("id", [id for id, check in CHECKS.items() if check.refuses])
def test_what_is_impossible_stops_the_build_with_its_place(
    id: str, trial: Callable[..., Trial]
) -> None:
    planted = trial(PLANTED[id].get("in", "")).plant(PLANTED[id])
    with pytest.raises(Refusal) as refused:
        questioned(planted.read(), planted.protocol)
    assert str(refused.value) == REFUSALS[id]


def test_each_check_that_refuses_has_its_line_with_the_number_of_rows(
    trial: Callable[..., Trial],
) -> None:
    planted = trial().plant(
        {
            "change": {
                "lb 1 7": {"LBSTRESN": 120},
                "ss 2 1": {"SSDTC": "2015-11-01"},
                "ss 2 2": {"SSDTC": "2015-11-02"},
            }
        }
    )
    with pytest.raises(Refusal) as refused:
        questioned(planted.read(), planted.protocol)
    assert str(refused.value) == (
        "SS-AFTER-DEATH: A patient is not found alive, or lost, after his or her death. But SSDTC "
        "is 2015-11-01 (death 2015-10-10) (data/raw/ss.csv, row 4; 2 rows in all)\n"
        "LB-PERCENT: A result in percent is at most 100. But LBSTRESN is 120 (test PLASMC) "
        "(data/raw/lb.csv, row 8)"
    )


def test_the_list_in_docs_is_that_of_the_code() -> None:
    text = (ROOT / "docs/queries.md").read_text(encoding="utf-8")
    assert text.partition("## The checks\n\n")[2] == catalogue() + "\n"


# Dates and spelling


def test_a_partial_date_is_compared_to_the_precision_that_it_has(
    trial: Callable[..., Trial],
) -> None:
    """2015-10 may be before the death on 2015-10-10, and 2015-01 after the first dose."""
    plan = {
        "change": {
            "ae 2 1": {"AESTDTC": "2015-10", "AEENDTC": "2015"},
            "ae 1 1": {"AESTDTC": "2015-01", "AEENDTC": "2015"},
        }
    }
    assert trial().plant(plan).found() == []


def test_a_search_for_the_fewest_rows_to_mend_leaves_a_rising_sequence_alone() -> None:
    assert _longest_rising(np.array([1, 1, 2, 5])).all()
    assert _longest_rising(np.array([], int)).tolist() == []


@given(st.lists(st.integers(0, 9), max_size=7))
def test_no_longer_rising_sequence_can_be_kept(days: list[int]) -> None:
    kept = _longest_rising(np.array(days, int))
    left = [day for day, keep in zip(days, kept) if keep]
    longest = max(
        len(some)
        for size in range(len(days) + 1)
        for some in combinations(days, size)
        if list(some) == sorted(some)
    )
    assert left == sorted(left) and len(left) == longest


@pytest.mark.parametrize(
    "text", ["1-Jan", "Jan-01", "2-Mar-2014", "1E+05", "01/02/2014", "#N/A", "#REF!"]
)
def test_what_a_spreadsheet_makes_of_an_id_is_seen(text: str) -> None:
    assert BY_SPREADSHEET.fullmatch(text)


@pytest.mark.parametrize("text", ["001-001", "S01", "0001", "MARY-1", "01-2014", "E5"])
def test_an_id_is_not_taken_for_a_date(text: str) -> None:
    assert not BY_SPREADSHEET.fullmatch(text)
