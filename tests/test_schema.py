"""What a raw table may hold: a small trial that is accepted, and each way to be refused."""

import csv
import hashlib
import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracedtrial.datasets.criteria import imwg
from tracedtrial.inputs.schema import DOMAINS, RawTables, read_raw_tables
from tracedtrial.inputs.schema.columns import TEXT, integer, is_date, is_partial_date, number
from tracedtrial.refusal import Refusal

FOLDER = Path("data/raw")
VISIT = {"VISITNUM": "2", "VISIT": "CYCLE 2 DAY 1"}
CELLS = {
    "dm": {
        "SUBJID": "01",
        "SITEID": "1",
        "RFICDTC": "2014-05-20",
        "RFSTDTC": "2014-06-01",
        "RFENDTC": "2014-08-01",
        "DTHFL": "Y",
        "DTHDTC": "2015-01-01",
        "AGE": "61",
        "AGEU": "YEARS",
        "SEX": "F",
        "RACE": "UNKNOWN",
        "ETHNIC": "UNKNOWN",
        "ARMCD": "DL1",
        "ARM": "Dose level 1",
        "COHORT": "1",
    },
    "sc": {
        "SCSEQ": "1",
        "SCTESTCD": "MEASDIS",
        "SCTEST": "Measurable disease",
        "SCSTRESC": "SERUM",
        "SCDTC": "2014-05-20",
    },
    "cm": {
        "CMSEQ": "1",
        "CMCAT": "PRIOR ANTI-CANCER THERAPY",
        "CMLINE": "1",
        "CMDECOD": "LENALIDOMIDE",
        "CMREFRFL": "Y",
        "CMSTDTC": "2010",
        "CMENDTC": "2011-02",
    },
    "ex": {
        "EXSEQ": "1",
        "EXTRT": "IXAZOMIB",
        "EXCYCLE": "1",
        "EXPDOSE": "3",
        "EXPADM": "3",
        "EXDOSE": "3",
        "EXADM": "3",
        "EXDOSU": "mg",
        "EXSTDTC": "2014-06-01",
        "EXENDTC": "2014-06-15",
        "EXADJ": "",
    },
    "ae": {
        "AESEQ": "1",
        "AETERM": "Tired",
        "AEDECOD": "Fatigue",
        "AEBODSYS": "General disorders",
        "AETOXGR": "2",
        "AESTDTC": "2014-06-05",
        "AEENDTC": "2014-06-09",
        "AESER": "N",
        "AEREL": "RELATED",
        "AEACN": "DOSE NOT CHANGED",
        "AEOUT": "RECOVERED/RESOLVED",
        "AEDLTFL": "N",
    },
    "lb": {
        "LBSEQ": "1",
        "LBTESTCD": "MPROTS",
        "LBTEST": "M-protein",
        "LBSPEC": "SERUM",
        "LBSTRESC": "",
        "LBSTRESN": "2.5",
        "LBSTRESU": "g/dL",
        "LBSTNRLO": "",
        "LBSTNRHI": "",
        "LBSTAT": "",
        **VISIT,
        "LBDTC": "2014-06-29",
    },
    "rs": {
        "RSSEQ": "1",
        "RSTESTCD": "OVRLRESP",
        "RSCAT": "IMWG",
        "RSSTRESC": "SD",
        "RSEVAL": "INVESTIGATOR",
        "PDIFL": "",
        **VISIT,
        "RSDTC": "2014-06-29",
    },
    "ds": {
        "DSSEQ": "1",
        "DSCAT": "DISPOSITION EVENT",
        "DSSCAT": "END OF TREATMENT",
        "DSDECOD": "PROGRESSIVE DISEASE",
        "DSSTDTC": "2014-08-10",
    },
    "ss": {"SSSEQ": "1", "SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": "2014-10-01"},
}
Tables = dict[str, list[dict[str, str]]]


@pytest.fixture
def tables() -> Tables:
    """Two patients, A in row 2 and B in row 3 of every table; the header is row 1."""
    return {
        domain: [
            {"STUDYID": "T", "DOMAIN": domain.upper(), "USUBJID": subject, **cells}
            for subject in "AB"
        ]
        for domain, cells in CELLS.items()
    }


@pytest.fixture
def read(protocol, tmp_path, monkeypatch) -> Callable[..., RawTables]:
    """Writes tables as CSV, or a table's bytes as they are, and reads them."""
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)

    def written_and_read(tables: Tables, **contents: bytes) -> RawTables:
        for domain in DOMAINS:
            content = contents.get(domain, csv_bytes(tables[domain], domain))
            (FOLDER / f"{domain}.csv").write_bytes(content)
        return read_raw_tables(FOLDER, protocol, imwg.CRITERIA.asks)

    return written_and_read


def header(domain: str) -> list[str]:
    return ["STUDYID", "DOMAIN", "USUBJID", *CELLS[domain]]


def csv_bytes(rows: list[dict[str, str]], domain: str, **dialect: object) -> bytes:
    file = io.StringIO(newline="")
    columns = list(rows[0]) if rows else header(domain)
    table = csv.DictWriter(file, columns, **{"lineterminator": "\n", **dialect})
    table.writeheader()
    table.writerows(rows)
    return file.getvalue().encode()


def same(one: RawTables, other: RawTables) -> None:
    """All but the digests of the files, which are those of other bytes."""
    for domain in DOMAINS:
        pd.testing.assert_frame_equal(one.tables[domain], other.tables[domain])
    for name in ("subjects", "subject_of", "sequence_of", "domain_starts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def refused(read: Callable[..., RawTables], tables: Tables, **contents: bytes) -> str:
    with pytest.raises(Refusal) as error:
        read(tables, **contents)
    return str(error.value)


# By-hand truth


def test_the_shipped_tables_are_accepted_row_by_row(raw, raw_rows):
    assert {d: len(frame) for d, frame in raw.tables.items()} == {
        d: len(rows) for d, rows in raw_rows.items()
    }
    assert raw.subjects.tolist() == sorted(row["USUBJID"] for row in raw_rows["dm"])


def test_numbers_and_full_dates_are_typed_and_partial_dates_stay_texts(read, tables):
    tables["dm"][1] |= {"DTHFL": "", "DTHDTC": ""}
    raw = read(tables).tables
    assert raw["dm"]["AGE"].tolist() == [61.0, 61.0]
    assert raw["dm"]["DTHDTC"].tolist() == [pd.Timestamp("2015-01-01"), pd.NaT]
    assert raw["lb"]["LBSTRESN"].tolist() == [2.5, 2.5]
    assert raw["lb"]["LBSTNRLO"].isna().all()
    assert raw["cm"]["CMSTDTC"].tolist() == ["2010", "2010"]


def test_record_numbers_rise_with_the_key_in_which_ten_follows_two(read, tables):
    tables["ae"] = [
        tables["ae"][0] | {"USUBJID": subject, "AESEQ": sequence}
        for subject, sequence in (("B", "1"), ("A", "10"), ("A", "2"))
    ]
    raw = read(tables)
    events = raw.tables["ae"].index.to_numpy()
    assert raw.keys(events) == ["AE/A/2", "AE/A/10", "AE/B/1"]
    assert raw.subjects[raw.subject_of[events]].tolist() == ["A", "A", "B"]
    everything = np.concatenate([frame.index for frame in raw.tables.values()])
    assert everything.tolist() == list(range(len(raw.subject_of)))
    assert raw.keys(everything)[:3] == ["DM/A/1", "DM/B/1", "SC/A/1"]


def test_each_file_is_named_with_the_sha256_of_its_bytes(read, tables):
    raw = read(tables)
    assert raw.files == {
        f"data/raw/{domain}.csv": hashlib.sha256(
            (FOLDER / f"{domain}.csv").read_bytes()
        ).hexdigest()
        for domain in DOMAINS
    }


def test_the_secret_needs_the_bytes_of_every_file(read, tables):
    before = read(tables).secret
    assert read(tables).secret == before
    assert read(tables, ss=csv_bytes(tables["ss"], "ss")[:-1]).secret != before


@pytest.mark.parametrize(
    "start, end",
    [
        ("2014", "2014-06-09"),
        ("2014-06", "2014-06-09"),
        ("2014-06-05", "2014"),
        ("2014-06-05", "2014-06"),
        ("2014-06-05", "2014-06-05"),
        ("2014-06-05", ""),
        ("2014", "2014"),
    ],
)
def test_partial_dates_are_compared_to_the_precision_that_both_have(read, tables, start, end):
    tables["ae"][0] |= {"AESTDTC": start, "AEENDTC": end}
    assert read(tables).tables["ae"]["AESTDTC"].iloc[0] == start


def test_the_start_of_new_therapy_may_be_partial(read, tables):
    tables["cm"][0] |= {
        "CMCAT": "SUBSEQUENT ANTI-CANCER THERAPY",
        "CMREFRFL": "",
        "CMSTDTC": "2014-09",
        "CMENDTC": "",
    }
    assert read(tables).tables["cm"]["CMSTDTC"].iloc[0] == "2014-09"


def test_sequence_numbers_may_have_gaps(read, tables):
    tables["ae"][1]["AESEQ"] = "999999999"
    assert read(tables).sequence_of[-1] == 1


def test_a_table_without_rows_keeps_its_header_and_is_accepted(read, tables):
    raw = read(tables | {domain: [] for domain in DOMAINS if domain != "dm"})
    assert [len(raw.tables[domain]) for domain in DOMAINS] == [2, 0, 0, 0, 0, 0, 0, 0, 0]
    empty = read({domain: [] for domain in DOMAINS})
    assert len(empty.subjects) == len(empty.subject_of) == 0


def test_the_order_of_rows_and_of_columns_means_nothing(raw, raw_rows, read):
    shuffled = {d: [dict(sorted(row.items())) for row in rows] for d, rows in raw_rows.items()}
    for seed, rows in enumerate(shuffled.values()):
        random.Random(seed).shuffle(rows)
    same(raw, read(shuffled))


@pytest.mark.parametrize(
    "changed",
    [
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.removesuffix(b"\n"),
        lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"),
    ],
    ids=["CRLF", "BOM", "no last line end", "BOM and CRLF"],
)
def test_line_ends_and_a_byte_order_mark_mean_nothing(read, tables, changed):
    contents = {domain: changed(csv_bytes(rows, domain)) for domain, rows in tables.items()}
    same(read(tables), read(tables, **contents))


def test_quotes_around_a_field_mean_nothing(read, tables):
    quoted = {d: csv_bytes(rows, d, quoting=csv.QUOTE_ALL) for d, rows in tables.items()}
    same(read(tables), read(tables, **quoted))


def test_the_text_NA_is_a_text_and_no_missing_value(read, tables):
    tables["ae"][0]["AETERM"] = "NA"
    assert read(tables).tables["ae"]["AETERM"].iloc[0] == "NA"


# Properties


@given(st.dates(min_value=pd.Timestamp("1900-01-01").date()))
def test_every_day_since_1900_is_a_date(day):
    assert is_date(day.isoformat())
    assert all(is_partial_date(day.isoformat()[:length]) for length in (4, 7, 10))


@given(st.text("0123456789-W०", min_size=0, max_size=11))
def test_what_is_no_day_of_the_calendar_is_no_date(text):
    parts = text.split("-")
    try:
        assert all(part.isascii() for part in parts)
        assert [len(part) for part in parts] == [4, 2, 2]
        pd.Timestamp(year=int(parts[0]), month=int(parts[1]), day=int(parts[2]))
        possible = int(parts[0]) >= 1900
    except (AssertionError, ValueError):
        possible = False
    assert is_date(text) == possible


@pytest.mark.parametrize(
    "text",
    [
        "2014-W01-1",
        "20140101",
        "2014-1-1",
        "2014-02-30",
        "1899-12-31",
        "2014-06-01T10:00",
        "२०१४-०१-०१",
        " 2014-06-01",
        "2014-00-01",
    ],
)
def test_other_writings_of_a_date_are_none(text):
    assert not is_date(text) and not is_partial_date(text)


@pytest.mark.parametrize(
    "text, valid",
    [
        ("0", True),
        ("10", True),
        ("2.50", True),
        ("-1", False),
        ("10.01", False),
        ("1e1", False),
        (".5", False),
        ("5.", False),
        ("+1", False),
        ("1,5", False),
        ("nan", False),
        ("inf", False),
        ("٣", False),
        ("1 ", False),
        ("0x1", False),
    ],
)
def test_a_number_is_plain_decimals_within_its_bounds(text, valid):
    assert number(0, 10).valid(text) == valid


@pytest.mark.parametrize(
    "text, valid",
    [
        ("1", True),
        ("99", True),
        ("0", False),
        ("100", False),
        ("1.0", False),
        ("²", False),
        ("٣", False),
        ("", False),
        ("-1", False),
    ],
)
def test_a_whole_number_is_digits_within_its_bounds(text, valid):
    assert integer(1, 99).valid(text) == valid


@pytest.mark.parametrize(
    "text, valid",
    [
        ("Lung infection", True),
        ("é", True),
        ("x" * 200, True),
        ("x" * 201, False),
        ("", False),
        (" x", False),
        ("x ", False),
        ("a\tb", False),
        ("a\nb", False),
        ("a\u200bb", False),
    ],
)
def test_a_text_is_printable_and_has_no_space_at_its_ends(text, valid):
    assert TEXT.valid(text) == valid


# Refusal: columns


def test_a_missing_column_is_refused(read, tables):
    for row in tables["ae"]:
        del row["AETOXGR"]
    assert refused(read, tables) == (
        "AETOXGR must be a column once, but got '0 times' (data/raw/ae.csv, row 1)"
    )


def test_a_doubled_column_is_refused(read, tables):
    lines = csv_bytes(tables["ae"], "ae").splitlines(keepends=True)
    doubled = b"".join(b"AETOXGR," + line for line in lines)
    assert refused(read, tables, ae=doubled) == (
        "AETOXGR must be a column once, but got '2 times' (data/raw/ae.csv, row 1)"
    )


def test_an_extra_column_is_refused(read, tables):
    for row in tables["ae"]:
        row["AELLT"] = "Tiredness"
    assert refused(read, tables) == (
        "columns must be those of the data dictionary, but got 'AELLT' (data/raw/ae.csv, row 1)"
    )


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"], ids=["empty", "blank", "BOM"])
def test_a_file_without_a_header_is_refused(read, tables, content):
    assert refused(read, tables, ss=content) == (
        "STUDYID must be a column once, but got '0 times' (data/raw/ss.csv, row 1)"
    )


def test_a_column_in_lower_case_is_another_column(read, tables):
    content = csv_bytes(tables["ss"], "ss").replace(b"SSDTC", b"ssdtc")
    assert refused(read, tables, ss=content) == (
        "SSDTC must be a column once, but got '0 times' (data/raw/ss.csv, row 1)"
    )


# Refusal: files and rows


def test_a_missing_file_is_refused(read, tables, protocol):
    read(tables)
    (FOLDER / "lb.csv").unlink()
    with pytest.raises(Refusal) as error:
        read_raw_tables(FOLDER, protocol, imwg.CRITERIA.asks)
    assert str(error.value) == (
        "data/raw/lb.csv must be a readable file: No such file or directory"
    )


def test_text_that_is_not_UTF_8_is_refused(read, tables):
    content = csv_bytes(tables["ae"], "ae")
    latin = content.replace(b"Tired", "Müde".encode("latin-1"))
    assert refused(read, tables, ae=latin) == (
        "text must be UTF-8, but got b'\\xfc' (data/raw/ae.csv, row 2)"
    )
    assert refused(read, tables, ae=content.decode().encode("utf-16-le")).startswith("text must be")


def test_a_NUL_byte_is_refused(read, tables):
    content = csv_bytes(tables["ae"], "ae").replace(b"N\nT", b"N\0\nT")
    assert refused(read, tables, ae=content) == (
        "text must be without NUL bytes, but got '\\x00' (data/raw/ae.csv, row 2)"
    )


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_row_with_too_few_fields_is_refused(read, tables, domain):
    lines = csv_bytes(tables[domain], domain).splitlines()
    short = b"\n".join([*lines[:2], lines[2].rpartition(b",")[0], b""])
    fields = len(header(domain))
    assert refused(read, tables, **{domain: short}) == (
        f"row must have {fields} fields, but got {fields - 1} (data/raw/{domain}.csv, row 3)"
    )


def test_rows_with_too_many_fields_are_refused(read, tables):
    lines = csv_bytes(tables["ss"], "ss").splitlines()
    assert refused(read, tables, ss=b"\n".join([lines[0], lines[1], lines[2] + b",x"])) == (
        "row must have 7 fields, but got 8 (data/raw/ss.csv, row 3)"
    )
    assert refused(read, tables, ss=b"\n".join([lines[0], lines[1] + b",", lines[2] + b","])) == (
        "row must have 7 fields, but got 8 (data/raw/ss.csv, row 2; 2 rows in all)"
    )


@pytest.mark.parametrize("place", [2, 3])
def test_a_blank_line_is_refused(read, tables, place):
    lines = csv_bytes(tables["ss"], "ss").splitlines(keepends=True)
    lines.insert(place, b"\n")
    assert refused(read, tables, ss=b"".join(lines)) == (
        f"row must have 7 fields, but got 0 (data/raw/ss.csv, row {place + 1})"
    )


def test_a_quote_left_open_is_refused_at_the_row_where_it_opens(read, tables):
    content = csv_bytes(tables["ae"], "ae").replace(b"Tired", b'"Tired', 1)
    assert refused(read, tables, ae=content) == (
        "row must be CSV: unexpected end of data (data/raw/ae.csv, row 2)"
    )


def test_text_after_a_closing_quote_is_refused(read, tables):
    content = csv_bytes(tables["ae"], "ae").replace(b"Tired", b'"Tired" out', 1)
    assert refused(read, tables, ae=content) == (
        "row must be CSV: ',' expected after '\"' (data/raw/ae.csv, row 2)"
    )


# Refusal: cells


@pytest.mark.parametrize(
    "domain, cells, message",
    [
        ("dm", {"AGE": "sixty"}, "AGE must be a whole number from 0 to 120, but got 'sixty'"),
        ("dm", {"AGE": "61.5"}, "AGE must be a whole number from 0 to 120, but got '61.5'"),
        ("dm", {"AGE": "121"}, "AGE must be a whole number from 0 to 120, but got '121'"),
        ("dm", {"AGEU": "MONTHS"}, "AGEU must be YEARS, but got 'MONTHS'"),
        ("dm", {"SEX": "Female"}, "SEX must be F, M or U, but got 'Female'"),
        ("dm", {"DTHFL": "N"}, "DTHFL must be Y, or empty, but got 'N'"),
        ("dm", {"ARMCD": "DL3"}, "ARMCD must be DL1, DL2, SCRNFAIL or NOTASSGN, but got 'DL3'"),
        (
            "dm",
            {"COHORT": "0"},
            "COHORT must be a cohort's number (1 to 99) or EXPANSION, or empty, but got '0'",
        ),
        (
            "dm",
            {"RFSTDTC": "2014-06"},
            "RFSTDTC must be a date (YYYY-MM-DD), or empty, but got '2014-06'",
        ),
        ("dm", {"DOMAIN": "AE"}, "DOMAIN must be DM, but got 'AE'"),
        (
            "dm",
            {"STUDYID": ""},
            "STUDYID must be text of 1 to 200 printable characters, but got ''",
        ),
        (
            "sc",
            {"SCTESTCD": "HEIGHT"},
            "SCTESTCD must be ECOG, ISS, DEL17P, T414, GAIN1Q or MEASDIS, but got 'HEIGHT'",
        ),
        ("sc", {"SCSTRESC": "BLOOD"}, "SCSTRESC must be SERUM or URINE or FLC, but got 'BLOOD'"),
        (
            "sc",
            {"SCSTRESC": "POSITIVE"},
            "SCSTRESC must be SERUM or URINE or FLC, but got 'POSITIVE'",
        ),
        ("cm", {"CMLINE": "0"}, "CMLINE must be a whole number from 1 to 99, but got '0'"),
        (
            "cm",
            {"CMSTDTC": "2010-13"},
            "CMSTDTC must be a date (YYYY-MM-DD, YYYY-MM or YYYY), or empty, but got '2010-13'",
        ),
        ("cm", {"CMREFRFL": "MAYBE"}, "CMREFRFL must be Y, N or U, or empty, but got 'MAYBE'"),
        (
            "ex",
            {"EXTRT": "ASPIRIN"},
            "EXTRT must be IXAZOMIB, POMALIDOMIDE or DEXAMETHASONE, but got 'ASPIRIN'",
        ),
        ("ex", {"EXDOSE": "-1"}, "EXDOSE must be a number from 0 to 100000, but got '-1'"),
        ("ex", {"EXDOSE": "1e2"}, "EXDOSE must be a number from 0 to 100000, but got '1e2'"),
        ("ex", {"EXADM": "2.5"}, "EXADM must be a whole number from 0 to 999, but got '2.5'"),
        ("ex", {"EXDOSU": "g"}, "EXDOSU must be mg, but got 'g'"),
        (
            "ex",
            {"EXADJ": "TOXICITY"},
            "EXADJ must be ADVERSE EVENT, PROGRESSIVE DISEASE, WITHDRAWAL BY SUBJECT, PHYSICIAN DECISION "
            "or OTHER, or empty, but got 'TOXICITY'",
        ),
        ("ae", {"AETOXGR": "0"}, "AETOXGR must be 1, 2, 3, 4 or 5, but got '0'"),
        ("ae", {"AETOXGR": "6"}, "AETOXGR must be 1, 2, 3, 4 or 5, but got '6'"),
        ("ae", {"AETOXGR": "2.0"}, "AETOXGR must be 1, 2, 3, 4 or 5, but got '2.0'"),
        ("ae", {"AETOXGR": ""}, "AETOXGR must be 1, 2, 3, 4 or 5, but got ''"),
        (
            "ae",
            {"AESTDTC": "2014-13-02"},
            "AESTDTC must be a date (YYYY-MM-DD, YYYY-MM or YYYY), but got '2014-13-02'",
        ),
        (
            "ae",
            {"AESTDTC": "2014-02-30"},
            "AESTDTC must be a date (YYYY-MM-DD, YYYY-MM or YYYY), but got '2014-02-30'",
        ),
        ("ae", {"AESTDTC": ""}, "AESTDTC must be a date (YYYY-MM-DD, YYYY-MM or YYYY), but got ''"),
        ("ae", {"AESER": "yes"}, "AESER must be Y or N, but got 'yes'"),
        ("ae", {"AEREL": "POSSIBLY"}, "AEREL must be RELATED or NOT RELATED, but got 'POSSIBLY'"),
        ("ae", {"AETERM": ""}, "AETERM must be text of 1 to 200 printable characters, but got ''"),
        (
            "ae",
            {"AETERM": " Tired"},
            "AETERM must be text of 1 to 200 printable characters, but got ' Tired'",
        ),
        (
            "lb",
            {"LBTESTCD": "CREAT"},
            "LBTESTCD must be MPROTS, MPROTU, IFIXS, IFIXU, KAPPA, LAMBDA, PLASMC, HGB, NEUT or PLAT, "
            "but got 'CREAT'",
        ),
        (
            "lb",
            {"LBSTRESN": "<0.1"},
            "LBSTRESN must be a number from 0 to 1e+09, or empty, but got '<0.1'",
        ),
        (
            "lb",
            {"LBSTRESU": "g/L"},
            "LBSTRESU must be %, 10^9/L, g/dL, mg/24h or mg/L, or empty, but got 'g/L'",
        ),
        ("lb", {"LBDTC": "2014-W01-1"}, "LBDTC must be a date (YYYY-MM-DD), but got '2014-W01-1'"),
        (
            "rs",
            {"RSSTRESC": "VGPR "},
            "RSSTRESC must be sCR, CR, VGPR, PR, MR, SD, PD or NE, but got 'VGPR '",
        ),
        ("rs", {"RSEVAL": "CENTRAL"}, "RSEVAL must be INVESTIGATOR, but got 'CENTRAL'"),
        ("rs", {"RSDTC": ""}, "RSDTC must be a date (YYYY-MM-DD), but got ''"),
        (
            "ds",
            {"DSDECOD": "MOVED"},
            "DSDECOD must be PROGRESSIVE DISEASE, ADVERSE EVENT, WITHDRAWAL BY SUBJECT, "
            "PHYSICIAN DECISION, DEATH, LOST TO FOLLOW-UP, COMPLETED or OTHER, but got 'MOVED'",
        ),
        (
            "ss",
            {"SSSTRESC": "UNKNOWN"},
            "SSSTRESC must be ALIVE, DEAD or LOST TO FOLLOW-UP, but got 'UNKNOWN'",
        ),
        ("ss", {"SSSEQ": "0"}, "SSSEQ must be a whole number from 1 to 999999999, but got '0'"),
    ],
    ids=lambda value: "" if isinstance(value, str) and " must " in value else str(value),
)
def test_a_cell_that_breaks_its_columns_rule_is_refused(read, tables, domain, cells, message):
    tables[domain][1] |= cells
    assert refused(read, tables) == f"{message} (data/raw/{domain}.csv, row 3)"


@pytest.mark.parametrize(
    "domain, cells, message",
    [
        (
            "dm",
            {"RFICDTC": "2014-06-02"},
            "RFSTDTC must not be before RFICDTC, but got '2014-06-01'",
        ),
        (
            "dm",
            {"RFENDTC": "2014-05-31"},
            "RFENDTC must not be before RFSTDTC, but got '2014-05-31'",
        ),
        ("dm", {"DTHDTC": "2014-05-31"}, "DTHDTC must not be before RFSTDTC, but got '2014-05-31'"),
        (
            "dm",
            {"RFSTDTC": "", "DTHDTC": "2014-05-31"},
            "DTHDTC must not be before the subject's first dose (EXSTDTC), but got '2014-05-31'",
        ),
        ("dm", {"DTHDTC": ""}, "DTHDTC must be given where DTHFL is Y, and only there, but got ''"),
        (
            "dm",
            {"DTHFL": ""},
            "DTHDTC must be given where DTHFL is Y, and only there, but got '2015-01-01'",
        ),
        ("dm", {"COHORT": ""}, "COHORT must be given where ARMCD is a dose level, but got ''"),
        ("cm", {"CMENDTC": "2009-12"}, "CMENDTC must not be before CMSTDTC, but got '2009-12'"),
        ("cm", {"CMREFRFL": ""}, "CMREFRFL must be given where CMCAT is prior therapy, but got ''"),
        (
            "cm",
            {"CMCAT": "SUBSEQUENT ANTI-CANCER THERAPY", "CMSTDTC": "", "CMENDTC": ""},
            "CMSTDTC must be given where CMCAT is subsequent therapy, but got ''",
        ),
        (
            "ex",
            {"EXENDTC": "2014-05-31"},
            "EXENDTC must not be before EXSTDTC, but got '2014-05-31'",
        ),
        (
            "ae",
            {"AEENDTC": "2014-06-04"},
            "AEENDTC must not be before AESTDTC, but got '2014-06-04'",
        ),
        ("ae", {"AEENDTC": "2014-05"}, "AEENDTC must not be before AESTDTC, but got '2014-05'"),
        ("ae", {"AEENDTC": "2013"}, "AEENDTC must not be before AESTDTC, but got '2013'"),
        (
            "lb",
            {"LBSTRESN": "", "LBSTRESC": "2.5"},
            "LBSTRESN must hold the result of a numeric test that was done, and only that, but got ''",
        ),
        (
            "lb",
            {"LBSTRESC": "2.5"},
            "LBSTRESC must hold the result of a qualitative test that was done, and only that, "
            "but got '2.5'",
        ),
        (
            "lb",
            {"LBSTAT": "NOT DONE"},
            "LBSTRESN must hold the result of a numeric test that was done, and only that, but got '2.5'",
        ),
        (
            "lb",
            {"LBTESTCD": "IFIXS"},
            "LBSTRESN must hold the result of a numeric test that was done, and only that, but got '2.5'",
        ),
        (
            "lb",
            {"LBTESTCD": "IFIXS", "LBSTRESN": "", "LBSTRESU": "", "LBSTRESC": "TRACE"},
            "LBSTRESC must be POSITIVE or NEGATIVE, but got 'TRACE'",
        ),
        (
            "lb",
            {"LBTESTCD": "IFIXS", "LBSTRESN": "", "LBSTRESU": ""},
            "LBSTRESC must hold the result of a qualitative test that was done, and only that, "
            "but got ''",
        ),
        (
            "lb",
            {"LBSTRESU": "mg/L"},
            "LBSTRESU must be the test's unit where LBSTRESN is given, but got 'mg/L'",
        ),
        (
            "lb",
            {"LBSTRESU": ""},
            "LBSTRESU must be the test's unit where LBSTRESN is given, but got ''",
        ),
        ("rs", {"PDIFL": "Y"}, "PDIFL must be given only where RSSTRESC is PD, but got 'Y'"),
        (
            "rs",
            {"RSDTC": "2014-05-31"},
            "RSDTC must not be before the subject's first dose (RFSTDTC), but got '2014-05-31'",
        ),
        (
            "ae",
            {"AEBODSYS": "Eye disorders"},
            "AEBODSYS must be the same in every row of an AEDECOD, but got 'Eye disorders'",
        ),
        ("ae", {"USUBJID": "C"}, "USUBJID must be a subject of the dm table, but got 'C'"),
        ("ss", {"USUBJID": "a"}, "USUBJID must be a subject of the dm table, but got 'a'"),
        ("ae", {"USUBJID": "A"}, "AESEQ must be unique in USUBJID and AESEQ, but got '1'"),
        (
            "ae",
            {"USUBJID": "A", "AESEQ": "01"},
            "AESEQ must be unique in USUBJID and AESEQ, but got '01'",
        ),
        ("dm", {"USUBJID": "A"}, "USUBJID must be unique in USUBJID, but got 'A'"),
        (
            "sc",
            {"USUBJID": "A", "SCSEQ": "2"},
            "SCTESTCD must be given once for each subject, but got 'MEASDIS'",
        ),
        (
            "ds",
            {"USUBJID": "A", "DSSEQ": "2"},
            "DSSCAT must be given once for each subject, but got 'END OF TREATMENT'",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) and " must " in value else str(value),
)
def test_cells_that_contradict_each_other_are_refused(read, tables, domain, cells, message):
    tables[domain][1] |= cells
    assert refused(read, tables) == f"{message} (data/raw/{domain}.csv, row 3)"


def test_the_first_offender_is_shown_and_all_are_counted(read, tables):
    for row, grade in zip(tables["ae"], ("7", "6")):
        row["AETOXGR"] = grade
    assert refused(read, tables) == (
        "AETOXGR must be 1, 2, 3, 4 or 5, but got '7' (data/raw/ae.csv, row 2; 2 rows in all)"
    )


def test_of_several_bad_columns_the_first_is_named(read, tables):
    tables["ae"][0] |= {"AEDLTFL": "?", "AETOXGR": "?"}
    assert refused(read, tables) == (
        "AETOXGR must be 1, 2, 3, 4 or 5, but got '?' (data/raw/ae.csv, row 2)"
    )


def test_a_long_value_is_shown_in_part(read, tables):
    tables["ae"][0]["AETERM"] = "x" * 300
    assert refused(read, tables) == (
        "AETERM must be text of 1 to 200 printable characters, but got '"
        + "x" * 76
        + "... (data/raw/ae.csv, row 2)"
    )


def test_a_response_on_the_day_of_the_first_dose_is_accepted(read, tables):
    tables["rs"][0]["RSDTC"] = "2014-06-01"
    read(tables)
