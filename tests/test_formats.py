"""Raw tables as XPORT, Dataset-JSON and Parquet: the same checks, the same results as CSV."""

import csv
import datetime
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyreadstat
import pytest

from tracedtrial.checks.rederive import rederived
from tracedtrial.checks.second_reading import delivered, load
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs import data_lock
from tracedtrial.inputs.formats.cells import number_text
from tracedtrial.inputs.formats.files import raw_file
from tracedtrial.inputs.formats.reading import texts
from tracedtrial.inputs.schema import DOMAINS
from tracedtrial.inputs.schema.columns import Kind
from tracedtrial.inputs.schema.tables import Table, raw_tables
from tracedtrial.provenance.difference.rows import table_change
from tracedtrial.provenance.lineage.mutation import RawRows
from tracedtrial.refusal import Refusal
from tracedtrial.release.privacy.identifiers import identifiers

Cells = list[list[str]]
MIXED = {
    "dm": "xpt",
    "ex": "xpt",
    "ae": "json",
    "rs": "json",
    "lb": "parquet",
    "ds": "parquet",
    "cm": "csv",
    "sc": "csv",
    "ss": "csv",
}


def days(texts: list[str]) -> list[datetime.date | None]:
    return [datetime.date.fromisoformat(text) if text else None for text in texts]


def frame(rows: Cells, kinds: dict[str, Kind]) -> pd.DataFrame:
    """The table as a statistician's software holds it: numbers as floats, days as dates."""
    columns = {}
    for name, *column in zip(*rows):
        if kinds[name].is_number:
            columns[name] = pd.Series([float(text or "nan") for text in column])
        else:
            columns[name] = days(column) if kinds[name].kind == "date" else column
    return pd.DataFrame(columns)


def xpt(rows: Cells, kinds: dict[str, Kind], path: Path) -> None:
    """Character variables are padded, numbers are floats, full dates are SAS dates."""
    table = frame(rows, kinds)
    dates = {name: "E8601DA10." for name in table if kinds[name].kind == "date"}
    pyreadstat.write_xport(
        table, str(path), file_format_version=5, variable_format=dates, table_name=path.stem.upper()
    )


def dataset_json(rows: Cells, kinds: dict[str, Kind], path: Path) -> None:
    """Dates and codes are strings, counts integers, other numbers decimals: as strings."""
    types = {"integer": "integer", "number": "decimal", "date": "date"}
    names = rows[0]
    columns = [
        {
            "itemOID": f"IT.{name}",
            "name": name,
            "label": name,
            "dataType": types.get(kinds[name].kind, "string"),
        }
        for name in names
    ]
    cells = [
        [
            None if not text else int(text) if kinds[name].kind == "integer" else text
            for name, text in zip(names, row)
        ]
        for row in rows[1:]
    ]
    path.write_text(
        json.dumps(
            {
                "datasetJSONCreationDateTime": "2016-12-01T00:00:00",
                "datasetJSONVersion": "1.1.0",
                "itemGroupOID": f"IG.{path.stem}",
                "records": len(cells),
                "name": path.stem.upper(),
                "label": path.stem,
                "columns": columns,
                "rows": cells,
            }
        ),
        encoding="utf-8",
    )


def parquet(rows: Cells, kinds: dict[str, Kind], path: Path) -> None:
    """Typed columns: BIGINT, DOUBLE, DATE, else VARCHAR with null for a missing text."""
    types = {"integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}
    table = pd.DataFrame(rows[1:], columns=rows[0], dtype=object)
    casts = ", ".join(
        f"nullif({name}, '')::{types.get(kinds[name].kind, 'VARCHAR')} AS {name}" for name in table
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("texts", table)
        connection.execute(f"COPY (SELECT {casts} FROM texts) TO '{path}' (FORMAT parquet)")


WRITERS = {"xpt": xpt, "json": dataset_json, "parquet": parquet}


@pytest.fixture(scope="session")
def specs(protocol) -> dict[str, Table]:
    return raw_tables(protocol, response_criteria(protocol).asks)


@pytest.fixture(scope="session")
def convert(root, specs) -> Callable[..., Path]:
    """Copies the shipped tables into a folder, each in the format asked for."""

    def converted(folder: Path, formats: dict[str, str]) -> Path:
        folder.mkdir(parents=True)
        for domain in DOMAINS:
            source = root / f"data/raw/{domain}.csv"
            if formats.get(domain, "csv") == "csv":
                shutil.copy(source, folder)
                continue
            with source.open(encoding="utf-8", newline="") as lines:
                rows = list(csv.reader(lines))
            form = formats[domain]
            WRITERS[form](rows, specs[domain].columns, folder / f"{domain}.{form}")
        return folder

    return converted


@pytest.fixture(scope="session")
def mixed(convert, tmp_path_factory) -> Path:
    return convert(tmp_path_factory.mktemp("mixed") / "data/raw", MIXED)


def outcomes(outcome) -> dict:
    """Of every number: its value, its text, and how many records and patients stand behind it."""
    return {
        id: (
            number.value,
            outcome.texts[id],
            number.n,
            number.denominator,
            {role: len(records) for role, records in number.records.items()},
        )
        for id, number in outcome.numbers.items()
    }


# By-hand truth


def small(form: str, path: Path) -> list[list[str]]:
    """A table of two rows in the format, as it is read."""
    kinds = {
        "A": Kind("text", "", bool),
        "N": Kind("number", "", bool),
        "D": Kind("date", "", bool),
    }
    file = path / f"t.{form}"
    WRITERS[form]([["A", "N", "D"], ["  x y", "3", "2014-06-29"], ["", "3.58", ""]], kinds, file)
    return texts(file.read_bytes(), "t." + form)


@pytest.mark.parametrize("form", WRITERS)
def test_numbers_are_shortest_texts_days_are_iso_and_missing_is_empty(form, tmp_path):
    assert small(form, tmp_path) == [
        ["A", "N", "D"],
        ["  x y", "3", "2014-06-29"],
        ["", "3.58", ""],
    ]


@pytest.mark.parametrize(
    "value, text",
    [
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (5e-7, "0.0000005"),
        (-2.5, "-2.5"),
        (100, "100"),
    ],
)
def test_no_digit_of_a_number_is_lost(value, text):
    assert number_text(value) == text and float(text) == value


def test_sas_days_and_moments_are_counted_from_1960(tmp_path):
    table = pd.DataFrame({"D": [0.0, 19903.0, -1.0], "T": [0.0, 60.0, None]})
    pyreadstat.write_xport(
        table,
        str(tmp_path / "t.xpt"),
        file_format_version=5,
        variable_format={"D": "YYMMDD10.", "T": "DATETIME20."},
    )
    assert texts((tmp_path / "t.xpt").read_bytes(), "t.xpt") == [
        ["D", "T"],
        ["1960-01-01", "1960-01-01"],
        ["2014-06-29", "1960-01-01T00:01:00"],
        ["1959-12-31", ""],
    ]


def test_parquet_columns_of_many_types_have_one_text(tmp_path):
    with duckdb.connect() as connection:
        connection.execute(f"""COPY (SELECT 3::TINYINT AS a, 3.0::FLOAT AS b, 0.1::FLOAT AS c,
            2.50::DECIMAL(8, 2) AS d, TIMESTAMP '2014-06-29' AS e, 'NaN'::DOUBLE AS f,
            TIMESTAMP '2014-06-29 08:30' AS g, DATE '50000-01-01' AS h)
            TO '{tmp_path / "t.parquet"}'""")
    assert texts((tmp_path / "t.parquet").read_bytes(), "t.parquet")[1] == [
        "3",
        "3",
        "0.1",
        "2.5",
        "2014-06-29",
        "",
        "2014-06-29T08:30:00",
        "50000-01-01",
    ]


# The same checks, the same results


def test_every_number_is_that_of_csv_in_tables_of_mixed_formats(shipped, outcome, mixed):
    assert outcomes(outcome(mixed)) == outcomes(shipped)


@pytest.mark.parametrize("form", WRITERS)
def test_every_table_in_each_format_has_the_rows_of_csv(form, convert, tmp_path, specs, root):
    """Where the file's type is a number, 2.50 and 2.5 are the same one."""
    folder = convert(tmp_path / "raw", dict.fromkeys(DOMAINS, form))
    for domain in DOMAINS:
        place = raw_file(folder, domain)
        rows = texts((root / f"data/raw/{domain}.csv").read_bytes(), "t.csv")
        numbers = [specs[domain].columns[name].is_number for name in rows[0]]
        shortest = [
            [
                number_text(float(text)) if number and text and form != "json" else text
                for number, text in zip(numbers, row)
            ]
            for row in rows[1:]
        ]
        assert place.suffix == f".{form}"
        assert texts(place.read_bytes(), place.name) == [rows[0], *shortest]


def test_hashes_are_of_the_files_as_delivered(outcome, mixed, shipped):
    raw = outcome(mixed).trial.data.raw
    assert {Path(name).name: digest for name, digest in raw.files.items()} == {
        f"{domain}.{form}": hashlib.sha256((mixed / f"{domain}.{form}").read_bytes()).hexdigest()
        for domain, form in MIXED.items()
    }
    assert raw.secret != shipped.trial.data.raw.secret


# Whatever else reads the tables


@pytest.fixture(scope="session")
def trial(mixed, root) -> Path:
    """A folder with the tables of mixed formats, the protocol and the SQL."""
    folder = mixed.parents[1]
    shutil.copytree(root / "analysis", folder / "analysis")
    return folder


def test_the_second_derivation_gives_the_same_numbers_of_mixed_formats(trial, root):
    assert rederived(trial) == rederived(root)


@pytest.mark.parametrize("form", WRITERS)
def test_the_second_derivation_has_the_cells_of_csv_in_each_format(form, convert, tmp_path, root):
    folder = convert(tmp_path / "raw", dict.fromkeys(DOMAINS, form))
    with duckdb.connect(config={"threads": 1}) as connection:
        for domain in DOMAINS:
            load(connection, "here", delivered(folder, domain))
            load(connection, "there", root / f"data/raw/{domain}.csv")
            numbers = "regexp_replace(COLUMNS(*), '^(\\d+(\\.\\d*[1-9])?)\\.?0*$', '\\1')"
            assert connection.execute(f"SELECT {numbers} FROM here").fetchall() == (
                connection.execute(f"SELECT {numbers} FROM there").fetchall()
            )
            connection.execute("DROP TABLE here; DROP TABLE there")


def test_the_second_derivation_refuses_a_table_in_two_formats(tmp_path):
    for name in ("ae.csv", "ae.parquet"):
        (tmp_path / name).touch()
    with pytest.raises(Refusal, match=r"ae must be in one format, but got ae\.csv, ae\.parquet"):
        delivered(tmp_path, "ae")


def test_mutation_changes_the_texts_of_each_format(mixed, outcome, protocol, specs):
    raw = outcome(mixed).trial.data.raw
    for domain, frame in RawRows(raw, specs, protocol, mixed).texts.items():
        assert frame.index.equals(raw.tables[domain].index)
        assert frame["USUBJID"].tolist() == raw.tables[domain]["USUBJID"].tolist()


def test_identifiers_are_those_of_csv(trial, root):
    here, there = identifiers(trial), identifiers(root)
    assert (here.usubjid, here.subjid, here.terms) == (there.usubjid, there.subjid, there.terms)
    assert set(here.headers) <= set(there.headers)


def test_a_lock_names_the_files_as_delivered(mixed):
    lock = {"data_lock": {"date": "2016-12-01", "files": data_lock.digests(mixed)}}
    assert data_lock.outcome(lock, mixed) == ["9 raw tables as locked on 2016-12-01"]
    lock["data_lock"]["files"]["ae"] = "0" * 64
    assert data_lock.outcome(lock, mixed)[1:] == [
        f"{mixed.as_posix()}/ae.json differs from the lock"
    ]


@pytest.mark.parametrize("domain", ["dm", "ae", "lb"])
def test_a_table_delivered_in_another_format_has_no_row_changed(domain, mixed, root):
    form = MIXED[domain]
    change = table_change(
        f"{domain}.{form}",
        (root / f"data/raw/{domain}.csv").read_bytes(),
        (mixed / f"{domain}.{form}").read_bytes(),
        f"{domain}.csv",
    )
    assert str(change) == "same rows in another order or form"


# Refusals


def changed(folder: Path, domain: str, row: int, column: str, value: object) -> None:
    """The Dataset-JSON table with one cell changed; `row` counts the header as 1."""
    path = folder / f"{domain}.json"
    table = json.loads(path.read_text())
    at = [each["name"] for each in table["columns"]].index(column)
    table["rows"][row - 2][at] = value
    path.write_text(json.dumps(table))


def test_a_bad_cell_is_refused_at_the_row_where_csv_would_have_it(outcome, convert, tmp_path):
    folder = convert(tmp_path / "raw", {"ae": "json"})
    changed(folder, "ae", 41, "AETOXGR", "7")
    with pytest.raises(Refusal) as error:
        outcome(folder)
    assert str(error.value) == (
        f"AETOXGR must be 1, 2, 3, 4 or 5, but got '7' ({folder.as_posix()}/ae.json, row 41)"
    )


def test_a_cell_of_another_data_type_is_refused(outcome, convert, tmp_path):
    folder = convert(tmp_path / "raw", {"ae": "json"})
    changed(folder, "ae", 3, "AESEQ", 2.5)
    with pytest.raises(Refusal, match=r"AESEQ must be of dataType integer, but got 2\.5 .*row 3"):
        outcome(folder)


def test_a_table_in_two_formats_is_refused(outcome, convert, tmp_path, root):
    folder = convert(tmp_path / "raw", {"ae": "xpt"})
    shutil.copy(root / "data/raw/ae.csv", folder)
    with pytest.raises(Refusal) as error:
        outcome(folder)
    assert str(error.value) == (
        f"ae must be in one format, but got 'ae.csv, ae.xpt' ({folder.as_posix()})"
    )


@pytest.fixture(scope="module")
def whole(convert, tmp_path_factory) -> dict[str, bytes]:
    """The adverse events in each format."""
    return {
        form: (
            convert(tmp_path_factory.mktemp("ae") / form, {"ae": form}) / f"ae.{form}"
        ).read_bytes()
        for form in WRITERS
    }


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "a tenth": lambda content: content[: len(content) // 10],
    "half": lambda content: content[: len(content) // 2],
    "less 80": lambda content: content[:-80],
    "less 1": lambda content: content[:-1],
    "text": lambda content: b"STUDYID,DOMAIN\n" * 100,
    "zeros": lambda content: bytes(len(content)),
    "head": lambda content: content[:400],
}


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_refused_in_one_line_that_names_it(form, damage, whole):
    content = DAMAGED[damage](whole[form])
    with pytest.raises(Refusal) as error:
        texts(content, f"data/raw/ae.{form}")
    assert f"data/raw/ae.{form}" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "attribute, value, message",
    [
        (
            "datasetJSONVersion",
            "1.0.0",
            "datasetJSONVersion must be 1.1, but got '1.0.0' (ae.json)",
        ),
        ("datasetJSONVersion", "1.10", "datasetJSONVersion must be 1.1, but got '1.10' (ae.json)"),
        ("datasetJSONVersion", None, "datasetJSONVersion must be text, but got None (ae.json)"),
        ("records", 499, "records must be the number of rows, but got 499 (ae.json)"),
        ("rows", {}, "rows must be an array, but got {} (ae.json)"),
        (
            "columns",
            [{"dataType": "string"}],
            "column must have a name, but got {'dataType': 'string'} (ae.json, column 1)",
        ),
        (
            "columns",
            [{"name": "A", "dataType": "boolean"}],
            "dataType of A must be one of string, integer, decimal, float, double, date, datetime, "
            "time, URI, but got 'boolean' (ae.json, column 1)",
        ),
    ],
)
def test_another_document_than_dataset_json_1_1_is_refused(attribute, value, message, whole):
    document = json.loads(whole["json"]) | {attribute: value}
    with pytest.raises(Refusal) as error:
        texts(json.dumps(document).encode(), "ae.json")
    assert str(error.value) == message


@pytest.mark.parametrize(
    "version, message",
    [
        (8, "file must be SAS XPORT version 5, but got "),
        (5, "text must be UTF-8, but got b'\\xfc'"),
    ],
)
def test_another_version_or_encoding_of_xport_is_refused(version, message, tmp_path):
    path = tmp_path / "t.xpt"
    pyreadstat.write_xport(pd.DataFrame({"A": ["u:"]}), str(path), file_format_version=version)
    with pytest.raises(Refusal) as error:
        texts(path.read_bytes().replace(b"u:", b"\xfc:"), "t.xpt")
    assert str(error.value).startswith(message) and "t.xpt" in str(error.value)


def test_an_xport_file_with_two_tables_is_refused(whole):
    with pytest.raises(Refusal, match="file must hold one table, but got '2 tables'"):
        texts(whole["xpt"] + whole["xpt"][240:], "ae.xpt")


def test_a_parquet_column_that_is_neither_text_number_nor_date_is_refused(tmp_path):
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT [1] AS A) TO '{tmp_path / 't.parquet'}'")
    with pytest.raises(Refusal) as error:
        texts((tmp_path / "t.parquet").read_bytes(), "t.parquet")
    assert str(error.value) == "A must be text, a number or a date, but got 'INTEGER[]' (t.parquet)"
