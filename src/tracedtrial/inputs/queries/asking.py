"""Asks every check of the raw tables, and leaves out the rows that the protocol accepts so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tracedtrial.inputs.formats.reading import content_of, texts
from tracedtrial.inputs.queries.acceptance import KEEP, LEAVE_OUT, Acceptance, acceptances
from tracedtrial.inputs.queries.check import Check
from tracedtrial.inputs.queries.checks import CHECKS
from tracedtrial.inputs.queries.tables import Tables
from tracedtrial.inputs.schema import RawTables, ResponseTables, read_raw_tables
from tracedtrial.refusal import Refusal

OPEN, KEPT, LEFT_OUT = "open", "accepted, kept", "accepted, left out"
STATUS = {KEEP: KEPT, LEAVE_OUT: LEFT_OUT}


@dataclass(frozen=True)
class Finding:
    """A row that a check found: its record number and key, the value, and what came of it."""

    check: Check
    record: int
    key: str
    value: str
    status: str = OPEN
    why: str = ""

    @property
    def table(self) -> str:
        return self.key.partition("/")[0].lower()

    @property
    def subject(self) -> str:
        return self.key.partition("/")[2].rpartition("/")[0]


@dataclass(frozen=True)
class Questioned:
    """The raw tables that are to be derived from, and everything that the checks found."""

    raw: RawTables
    findings: tuple[Finding, ...]
    checks: int


def questioned(raw: RawTables, protocol: dict) -> Questioned:
    """Ask every check. Rows left out are gone before the other checks are asked.

    Raises
    ------
    Refusal
        A check that refuses finds a row and is not accepted; one line for each such check. Or an
        acceptance names no check, or one that finds nothing.
    """
    accepted = acceptances(protocol, CHECKS)
    kept, left_out = without_left_out(raw, protocol)
    tables = Tables(kept, protocol)
    asked = [check for check in CHECKS.values() if set(check.reads) <= set(kept.tables)]
    own = [
        finding
        for check in asked
        if not _leaves_out(accepted.get(check.id))
        for finding in _findings(check, tables, accepted.get(check.id))
    ]
    findings = _in_order([*left_out, *own])
    _refuse_idle(accepted, findings)
    _refuse_impossible(findings, raw)
    return Questioned(kept, findings, len(asked))


def read_accepted_tables(folder: Path, protocol: dict, asked: ResponseTables) -> RawTables:
    """The raw tables of a folder without the rows that the protocol has left out.

    No check is asked but those: the build has asked them all of the tables it is made from.
    """
    return without_left_out(read_raw_tables(folder, protocol, asked), protocol)[0]


def without_left_out(raw: RawTables, protocol: dict) -> tuple[RawTables, list[Finding]]:
    """The tables without the rows that accepted checks leave out, and these rows."""
    accepted, tables = acceptances(protocol, CHECKS), Tables(raw, protocol)
    found = [
        finding
        for check in map(CHECKS.__getitem__, accepted)
        if _leaves_out(accepted[check.id]) and set(check.reads) <= set(raw.tables)
        for finding in _findings(check, tables, accepted[check.id])
    ]
    return without(raw, {finding.record for finding in found}), found


def _leaves_out(acceptance: Acceptance | None) -> bool:
    return acceptance is not None and acceptance.rows == LEAVE_OUT


def without(raw: RawTables, records: set[int]) -> RawTables:
    """The tables without some records; a dm row takes its patient's rows of all tables along.

    Record numbers stay: those of the rows left out belong to no number.
    """
    if not records:
        return raw
    dm = raw.tables["dm"]
    patients = dm.loc[dm.index.isin(records), "USUBJID"]
    tables = {}
    for domain, frame in raw.tables.items():
        out = frame.index.isin(records) | frame["USUBJID"].isin(patients).to_numpy()
        tables[domain] = frame[~out] if out.any() else frame
    return replace(raw, tables=tables)


def _findings(check: Check, tables: Tables, acceptance: Acceptance | None) -> Iterator[Finding]:
    found = check.finds(tables).sort_index()
    status, why = (STATUS[acceptance.rows], acceptance.why) if acceptance else (OPEN, "")
    for record, key, value in zip(
        found.index, tables.raw.keys(found.index.to_numpy(np.int64)), found
    ):
        yield Finding(check, int(record), key, value, status, why)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    place = {id: position for position, id in enumerate(CHECKS)}
    return tuple(sorted(findings, key=lambda f: (place[f.check.id], f.record)))


def _refuse_idle(accepted: dict[str, Acceptance], findings: tuple[Finding, ...]) -> None:
    found = {finding.check.id for finding in findings}
    for place, id in enumerate(accepted):
        if id not in found:
            raise Refusal(
                f"queries.accepted.{place}.check must be a check that finds a row, but "
                f"{id} finds none (analysis/protocol.yaml)"
            )


def _refuse_impossible(findings: tuple[Finding, ...], raw: RawTables) -> None:
    """One line for each check that refuses: its first row, and how many there are."""
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.check.refuses and finding.status == OPEN:
            by_check.setdefault(finding.check.id, []).append(finding)
    if by_check:
        raise Refusal("\n".join(_refusal(found, raw) for found in by_check.values()))


def _refusal(found: list[Finding], raw: RawTables) -> str:
    first = found[0]
    total = f"; {len(found)} rows in all" if len(found) > 1 else ""
    return (
        f"{first.check.id}: {first.check.rule} But {first.check.what} is {first.value} "
        f"({_place(first, raw)}{total})"
    )


def _place(finding: Finding, raw: RawTables) -> str:
    """File and row of a finding, as the schema's refusals tell them."""
    file = next(file for file in raw.files if Path(file).stem == finding.table)
    header, *rows = texts(content_of(Path(file)), file)
    sequence = f"{finding.table.upper()}SEQ"
    for place, row in enumerate(rows):
        cells = dict(zip(header, row))
        own = f"{finding.table.upper()}/{cells['USUBJID']}/{int(cells.get(sequence, 1))}"
        if own == finding.key:
            return f"{file}, row {place + 2}"
    return f"{file}, {finding.key}"
