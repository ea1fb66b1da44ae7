"""Reads the raw tables: bytes -> texts -> checked cells -> typed frames with record numbers."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from tracedtrial.inputs.formats.files import raw_file
from tracedtrial.inputs.formats.reading import content_of, texts
from tracedtrial.inputs.schema import rules
from tracedtrial.inputs.schema.columns import Kind
from tracedtrial.inputs.schema.tables import (
    EVERY_DOMAIN,
    OPTIONAL,
    ResponseTables,
    Table,
    raw_tables,
)
from tracedtrial.refusal import Refusal, refusal


@dataclass(frozen=True)
class RawTables:
    """The accepted raw tables.

    `tables` maps a domain to its frame; a frame's index holds the *record numbers*, unique over
    all tables and rising with the record key (domain, USUBJID, --SEQ). `subject_of[record]` is
    the subject's number, `subjects[number]` the USUBJID. `files` maps each file read to its
    SHA-256, and `secret` is a key that only somebody who holds the files can compute.
    """

    tables: dict[str, pd.DataFrame]
    subjects: np.ndarray
    subject_of: np.ndarray
    sequence_of: np.ndarray
    domain_starts: np.ndarray
    files: dict[str, str]
    secret: bytes

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains in the order of their record numbers."""
        return tuple(self.tables)

    def keys(self, records: np.ndarray) -> list[str]:
        """Record keys such as `AE/01-003/12`, for record numbers in rising order."""
        prefixes = np.array([f"{domain.upper()}/" for domain in self.domains], dtype=object)
        domains = np.searchsorted(self.domain_starts, records, side="right") - 1
        return list(
            map(
                "{}{}/{}".format,
                prefixes[domains],
                self.subjects[self.subject_of[records]],
                self.sequence_of[records].tolist(),
            )
        )


def read_raw_tables(folder: Path, protocol: dict, asked: ResponseTables) -> RawTables:
    """Read and check every raw table of `folder`, as protocol and response criteria ask.

    Raises
    ------
    Refusal
        At the first rule broken, with column, rule, value, file, row (the header is row 1) and
        the number of rows that break it.
    """
    specs = raw_tables(protocol, asked)
    places = {domain: raw_file(folder, domain).as_posix() for domain in EVERY_DOMAIN}
    contents = {domain: content_of(Path(places[domain])) for domain in specs}
    for domain in OPTIONAL:
        if domain not in specs:
            _refuse_unread(Path(places[domain]))
    frames = {d: _checked(specs[d], contents[d], places[d], protocol) for d in specs}
    for domain, frame in frames.items():
        _refuse(rules.subject_findings(frame, frames["dm"]), frame, places[domain])
    _refuse(rules.first_dose_findings(frames["rs"], frames["dm"]), frames["rs"], places["rs"])
    if "tr" in frames:
        _refuse(rules.non_target_findings(frames["tr"], frames["dm"]), frames["tr"], places["tr"])
    _refuse(rules.death_findings(frames["dm"], frames["ex"]), frames["dm"], places["dm"])
    subjects = np.sort(frames["dm"]["USUBJID"].astype(str).to_numpy(dtype=object))
    typed = {d: _typed(specs[d], frames[d], subjects) for d in specs}
    return _numbered(typed, specs, subjects, {places[d]: contents[d] for d in specs})


def _refuse_unread(path: Path) -> None:
    """Rows of a table that the trial does not have would be read by nobody."""
    rows = len(texts(content_of(path), path.as_posix())) - 1 if path.exists() else 0
    if rows > 0:
        raise refusal(
            path.stem,
            "be without rows, as neither protocol nor response criteria ask for this table",
            f"{rows} rows",
            path.as_posix(),
        )


def _checked(table: Table, content: bytes, place: str, protocol: dict) -> pd.DataFrame:
    """The table as categories of texts, every cell valid, every rule within the table kept."""
    header, *rows = texts(content, place) or [[]]
    _check_header(table, header, place)
    frame = _texts(header, rows, place)[list(table.columns)]
    columns = {name: pa.Column(checks=_check(kind)) for name, kind in table.columns.items()}
    try:
        pa.DataFrameSchema(columns, strict=True).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise _first_failure(table, frame, errors.failure_cases, place) from None
    _refuse(rules.table_findings(table, frame, protocol), frame, place)
    return frame


def _check_header(table: Table, header: list[str], place: str) -> None:
    for name in table.columns:
        if header.count(name) != 1:
            raise refusal(
                name, "be a column once", f"{header.count(name)} times", f"{place}, row 1"
            )
    extra = [name for name in header if name not in table.columns]
    if extra:
        raise refusal("columns", "be those of the data dictionary", extra[0], f"{place}, row 1")


def _texts(header: list[str], rows: list[list[str]], place: str) -> pd.DataFrame:
    """The rows as categories of texts, if each has as many fields as the header."""
    fields = np.fromiter(map(len, rows), np.int64, len(rows))
    bad = np.flatnonzero(fields != len(header))
    if len(bad):
        raise refusal(
            "row",
            f"have {len(header)} fields",
            int(fields[bad[0]]),
            f"{place}, row {bad[0] + 2}",
            len(bad),
        )
    cells = np.fromiter(chain.from_iterable(rows), object, len(rows) * len(header))
    columns = cells.reshape(len(rows), len(header)).T
    return pd.DataFrame(
        {name: pd.Categorical(column.copy()) for name, column in zip(header, columns)}
    )


def _check(kind: Kind) -> pa.Check:
    """Validity of a category column, decided once for each distinct text."""

    def valid(series: pd.Series) -> pd.Series:
        by_text = np.array([kind.valid(text) for text in series.cat.categories] or [True], bool)
        return pd.Series(by_text[series.cat.codes], index=series.index)

    return pa.Check(valid, name=kind.rule)


def _first_failure(
    table: Table, frame: pd.DataFrame, failures: pd.DataFrame, place: str
) -> Refusal:
    order = {name: position for position, name in enumerate(table.columns)}
    first = (
        failures.assign(order=failures["column"].map(order))
        .sort_values(["order", "index"], kind="stable")
        .iloc[0]
    )
    name, row = first["column"], int(first["index"])
    count = int((failures["column"] == name).sum())
    return refusal(
        name, table.columns[name].rule, str(frame[name].iloc[row]), f"{place}, row {row + 2}", count
    )


def _refuse(findings: Iterator[rules.Finding], frame: pd.DataFrame, place: str) -> None:
    for column, rule, bad in findings:
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise refusal(
                column,
                rule,
                str(frame[column].iloc[row]),
                f"{place}, row {row + 2}",
                int(bad.sum()),
            )


def _typed(table: Table, frame: pd.DataFrame, subjects: np.ndarray) -> pd.DataFrame:
    """Numbers as float, full dates as days, subjects as one shared category."""
    columns = {}
    for name, kind in table.columns.items():
        texts, codes = frame[name].cat.categories, frame[name].cat.codes.to_numpy()
        if kind.is_number:
            columns[name] = _take([float(text or "nan") for text in texts], codes, float)
        elif kind.kind == "date":
            columns[name] = _take([text or "NaT" for text in texts], codes, "datetime64[s]")
        elif name != "USUBJID":
            columns[name] = frame[name]
    subject = pd.Categorical(frame["USUBJID"].astype(str), categories=subjects, ordered=True)
    return pd.DataFrame({"USUBJID": subject} | columns)


def _take(values: list, codes: np.ndarray, dtype: object) -> np.ndarray:
    return np.array(values, dtype=dtype)[codes] if len(codes) else np.array([], dtype=dtype)


def _numbered(
    frames: dict[str, pd.DataFrame],
    specs: dict[str, Table],
    subjects: np.ndarray,
    contents: dict[str, bytes],
) -> RawTables:
    """Rows in the order of their keys, with record numbers as index."""
    tables, owners, sequences, starts, start = {}, [], [], [], 0
    for domain in specs:
        frame, sequence = frames[domain], specs[domain].sequence
        by = ["USUBJID"] + ([sequence] if sequence else [])
        frame = frame.sort_values(by, kind="stable", ignore_index=True)
        frame.index = pd.RangeIndex(start, start + len(frame))
        tables[domain] = frame
        owners.append(frame["USUBJID"].cat.codes.to_numpy())
        sequences.append(frame[sequence].to_numpy(int) if sequence else np.ones(len(frame), int))
        starts.append(start)
        start += len(frame)
    secret = hashlib.sha256(b"record digest key\0" + b"\0".join(contents.values())).digest()
    files = {place: hashlib.sha256(content).hexdigest() for place, content in contents.items()}
    return RawTables(
        tables,
        subjects,
        np.concatenate(owners).astype(np.int32),
        np.concatenate(sequences),
        np.array(starts),
        files,
        secret,
    )
