"""Edit checks: each finds the row planted for it, and asks nothing of a sane trial."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from analysis.derive import response_criteria
from analysis.protocol import read_protocol
from analysis.queries.checks import CHECKS
from analysis.queries.tables import Tables
from analysis.schema import RawTables, read_raw_tables
from analysis.schema.tables import raw_tables
from sane_trial import sane

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent / "queries"
PLANTED = yaml.safe_load((HERE / "planted.yaml").read_text(encoding="utf-8"))
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
            row, = self._named(name)
            row.update({column: str(cell) for column, cell in cells.items()})
        copied = [(name.split()[0], {**row, **{k: str(v) for k, v in cells.items()}})
                  for name, cells in plan.get("copy", {}).items() for row in self._named(name)]
        for name in plan.get("drop", []):
            gone = self._named(name)
            for domain in self.rows if name[0] == "*" else name.split()[:1]:
                self.rows[domain] = [row for row in self.rows[domain] if row not in gone]
        for domain, row in copied:
            self._add(domain, row)
        return self

    def _named(self, name: str) -> list[dict[str, str]]:
        domain, patient, *sequence = name.split()
        found = [row for table in (self.rows if domain == "*" else [domain])
                 for row in self.rows[table]
                 if row["USUBJID"] == self.subjects[int(patient) - 1]
                 and (domain == "dm" or not sequence
                      or row[f"{domain.upper()}SEQ"] == sequence[0])]
        assert found, f"no row {name}"
        return found

    def _add(self, domain: str, row: dict[str, str]) -> None:
        if domain != "dm":
            own = [int(other[f"{domain.upper()}SEQ"]) for other in self.rows[domain]
                   if other["USUBJID"] == row["USUBJID"]]
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
                lines += [f"{check.id}: {key}: {check.what} {value}"
                          for key, value in zip(raw.keys(rows.index.to_numpy(int)), rows)]
        return lines


@pytest.fixture
def trial(tmp_path, protocol) -> Callable[[str], Trial]:
    """The sane trial, or one of tests/trials, to be changed."""

    def made(name: str = "") -> Trial:
        if not name:
            return Trial(tmp_path / "data/raw", sane(), protocol)
        home = ROOT / "tests/trials" / name
        rows = {}
        for file in sorted((home / "data/raw").glob("*.csv")):
            with file.open(encoding="utf-8", newline="") as lines:
                rows[file.stem] = list(csv.DictReader(lines))
        return Trial(tmp_path / "data/raw", rows, read_protocol(home / "protocol.yaml"))

    return made
