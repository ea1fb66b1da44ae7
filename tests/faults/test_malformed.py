"""Malformed raw tables: refused with table, column, row and rule, or accepted with equal results.

The cases are made from the columns of the schema, over a few patients of the shipped trial. Two
columns of one kind whose names are exchanged are another trial's data: nobody could tell.
"""

import csv
import gzip
import io
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.schema import DOMAINS
from tracedtrial.inputs.schema.tables import raw_tables
from tracedtrial.refusal import Refusal

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = read_protocol(ROOT / "analysis/protocol.yaml")
TABLES = raw_tables(PROTOCOL, response_criteria(PROTOCOL).asks)
COLUMNS = [(domain, name) for domain in DOMAINS for name in TABLES[domain].columns]
PATIENTS = 6
BOMB = 200_000_000
WRONG_TYPE = {
    "code": "=cmd|' /C calc'!A0",
    "number": "three",
    "integer": "1.5",
    "date": "1/6/2014",
    "partial date": "June 2014",
    "text": "two\nlines",
}
OUT_OF_RANGE = {
    "code": "ZZZ",
    "number": "99999999999",
    "integer": "-1",
    "date": "2014-02-30",
    "partial date": "2014-13",
    "text": "x" * 201,
}
REQUIRED_NUMBERS = [
    (domain, name)
    for domain, name in COLUMNS
    if TABLES[domain].columns[name].is_number and not TABLES[domain].columns[name].empty
]
NO_NUMBER = ("1e1", "0x1", "1,5", "٣", "nan", "inf", "+1", "1_000", " 1", "1 ", "−1", "")
Rows = list[list[str]]


@pytest.fixture(scope="module")
def small(raw_rows) -> dict[str, Rows]:
    """Header and rows of each table, for the first patients that were ever treated."""
    treated = {row["USUBJID"] for row in raw_rows["ex"]}
    chosen = sorted(treated)[:PATIENTS]
    return {
        domain: [list(rows[0])] + [list(row.values()) for row in rows if row["USUBJID"] in chosen]
        for domain, rows in raw_rows.items()
    }


@pytest.fixture
def derived(outcome, small, tmp_path) -> Callable[..., tuple]:
    """The values and printed texts of the numbers, with some tables' bytes replaced."""

    def numbers(**changed: bytes) -> tuple:
        for domain, rows in small.items():
            (tmp_path / f"{domain}.csv").write_bytes(changed.get(domain, written(rows)))
        found = outcome(tmp_path)
        return {id: repr(number.value) for id, number in found.numbers.items()}, found.texts

    return numbers


@pytest.fixture(scope="module")
def undisturbed(outcome, small, tmp_path_factory) -> tuple:
    folder = tmp_path_factory.mktemp("small")
    for domain, rows in small.items():
        (folder / f"{domain}.csv").write_bytes(written(rows))
    found = outcome(folder)
    return {id: repr(number.value) for id, number in found.numbers.items()}, found.texts


def written(rows: Rows, **dialect: object) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, **{"lineterminator": "\n", **dialect}).writerows(rows)
    return file.getvalue().encode()


def with_cell(rows: Rows, name: str, text: str) -> Rows:
    """The rows with another text in the column's first cell."""
    place = rows[0].index(name)
    first = [*rows[1][:place], text, *rows[1][place + 1 :]]
    return [rows[0], first, *rows[2:]]


def refused(derived: Callable[..., tuple], domain: str, content: bytes, column: str = "") -> str:
    with pytest.raises(Refusal) as error:
        derived(**{domain: content})
    message = str(error.value)
    assert "\n" not in message and len(message) < 1000
    place = re.escape(f"/{domain}.csv, row ") + r"\d+(; \d+ rows in all)?\)$"
    assert re.search(place, message), message
    assert re.match(rf"{column or '.+'} must ", message), message
    return message


@pytest.mark.parametrize("domain, name", COLUMNS)
def test_a_cell_of_the_wrong_type_is_refused(derived, small, count, domain, name):
    kind = TABLES[domain].columns[name]
    message = refused(
        derived, domain, written(with_cell(small[domain], name, WRONG_TYPE[kind.kind])), name
    )
    assert kind.rule.split(",")[0] in message and "row 2" in message
    count("malformed tables refused, each with table, row and rule")


@pytest.mark.parametrize("domain, name", COLUMNS)
def test_a_cell_out_of_its_list_or_range_is_refused(derived, small, count, domain, name):
    text = OUT_OF_RANGE[TABLES[domain].columns[name].kind]
    refused(derived, domain, written(with_cell(small[domain], name, text)), name)
    count("malformed tables refused, each with table, row and rule")


@pytest.mark.parametrize(
    "domain, name",
    [(domain, name) for domain, name in COLUMNS if not TABLES[domain].columns[name].empty],
)
def test_an_empty_cell_of_a_required_column_is_refused(derived, small, count, domain, name):
    refused(derived, domain, written(with_cell(small[domain], name, "")), name)
    count("malformed tables refused, each with table, row and rule")


@pytest.mark.parametrize("domain, name", COLUMNS)
def test_a_missing_column_is_refused(derived, small, count, domain, name):
    place = small[domain][0].index(name)
    short = [row[:place] + row[place + 1 :] for row in small[domain]]
    refused(derived, domain, written(short), name)
    count("malformed tables refused, each with table, row and rule")


@pytest.mark.parametrize("domain, name", COLUMNS)
def test_a_column_given_twice_is_refused(derived, small, count, domain, name):
    place = small[domain][0].index(name)
    refused(derived, domain, written([[*row, row[place]] for row in small[domain]]), name)
    count("malformed tables refused, each with table, row and rule")


def neighbours() -> Iterator[tuple[str, str, str]]:
    for domain in DOMAINS:
        names = list(TABLES[domain].columns)
        yield from ((domain, one, other) for one, other in zip(names, names[1:]))


@pytest.mark.parametrize("domain", DOMAINS)
def test_columns_in_another_order_give_the_same_numbers(derived, small, undisturbed, count, domain):
    reversed_ = [row[::-1] for row in small[domain]]
    assert derived(**{domain: written(reversed_)}) == undisturbed
    count("unusual tables accepted, with equal numbers")


def nature(domain: str, name: str) -> str:
    kind = TABLES[domain].columns[name]
    return "number" if kind.is_number else kind.kind


@pytest.mark.parametrize(
    "domain, one, other",
    [
        (domain, one, other)
        for domain, one, other in neighbours()
        if nature(domain, one) != nature(domain, other)
    ],
)
def test_names_of_two_columns_exchanged_are_refused_or_change_no_number(
    derived, small, undisturbed, count, domain, one, other
):
    swapped = [{one: other, other: one}.get(name, name) for name in small[domain][0]]
    try:
        assert derived(**{domain: written([swapped, *small[domain][1:]])}) == undisturbed
        count("unusual tables accepted, with equal numbers")
    except Refusal:
        refused(derived, domain, written([swapped, *small[domain][1:]]))
        count("malformed tables refused, each with table, row and rule")


@pytest.mark.parametrize(
    "domain, name, text",
    [
        (domain, name, text)
        for number, (domain, name) in enumerate(REQUIRED_NUMBERS)
        for text in NO_NUMBER[number % 4 :: 4]
    ],
)
def test_what_is_no_plain_number_is_refused(derived, small, count, domain, name, text):
    refused(derived, domain, written(with_cell(small[domain], name, text)), name)
    count("malformed tables refused, each with table, row and rule")


def shuffled(rows: Rows) -> bytes:
    body = rows[1:]
    random.Random(len(body)).shuffle(body)
    return written([rows[0], *body])


ACCEPTED = {
    "rows shuffled": shuffled,
    "a byte order mark": lambda rows: b"\xef\xbb\xbf" + written(rows),
    "CRLF": lambda rows: written(rows, lineterminator="\r\n"),
    "CR": lambda rows: written(rows, lineterminator="\r"),
    "every field quoted": lambda rows: written(rows, quoting=csv.QUOTE_ALL),
    "no last line end": lambda rows: written(rows).removesuffix(b"\n"),
    "mark, CRLF, quotes, shuffled": lambda rows: (
        b"\xef\xbb\xbf" + shuffled(rows).replace(b"\n", b"\r\n")
    ),
}


@pytest.mark.parametrize("change", ACCEPTED)
@pytest.mark.parametrize("domain", DOMAINS)
def test_what_means_nothing_changes_nothing(derived, small, undisturbed, count, domain, change):
    assert derived(**{domain: ACCEPTED[change](small[domain])}) == undisturbed
    count("unusual tables accepted, with equal numbers")


def last(rows: Rows, **cells: str) -> bytes:
    """One more row: the last one again, with other cells."""
    row = dict(zip(rows[0], rows[-1])) | cells
    return written([*rows, list(row.values())])


def bomb() -> bytes:
    return gzip.compress(b"0" * BOMB, 9)


REFUSED = {
    "a row doubled": lambda rows: last(rows),
    "every row doubled": lambda rows: written([*rows, *rows[1:]]),
    "the header again": lambda rows: written([*rows, rows[0]]),
    "no header": lambda rows: written(rows[1:]),
    "no bytes": lambda rows: b"",
    "NUL in a cell": lambda rows: written(rows).replace(b",", b",\0", 1),
    "NUL at the end": lambda rows: written(rows) + b"\0" * 512,
    "UTF-16": lambda rows: written(rows).decode().encode("utf-16"),
    "UTF-16, big end first": lambda rows: written(rows).decode().encode("utf-16-be"),
    "UTF-32": lambda rows: written(rows).decode().encode("utf-32"),
    "Latin-1": lambda rows: written([*rows, ["é"] * len(rows[0])]).decode().encode("latin-1"),
    "UTF-8 cut in a letter": lambda rows: written([*rows, ["é"] * len(rows[0])]).rstrip()[:-1],
    "a quote never closed": lambda rows: written(rows) + b'"' + b"x,y\n" * 50,
    "text after a quote": lambda rows: written(rows) + b'"x"y,\n',
    "a row too short": lambda rows: written([*rows, rows[-1][:-1]]),
    "a row too long": lambda rows: written([*rows, [*rows[-1], ""]]),
    "a blank line": lambda rows: written(rows) + b"\n",
    "semicolons": lambda rows: written(rows, delimiter=";"),
    "tabs": lambda rows: written(rows, delimiter="\t"),
    "cut within a row": lambda rows: written(rows).rstrip().rpartition(b",")[0],
    "an embedded line end": lambda rows: written([*rows, ["a\nb", *rows[-1][1:]]]),
    "an embedded CRLF": lambda rows: written([*rows, ["a\r\nb", *rows[-1][1:]]]),
    "a tab in a cell": lambda rows: written([*rows, ["a\tb", *rows[-1][1:]]]),
    "a mark of direction": lambda rows: written([*rows, ["a\u202eb", *rows[-1][1:]]]),
    "a terminal's escape": lambda rows: written([*rows, ["\x1b[2J", *rows[-1][1:]]]),
    "another domain": lambda rows: last(rows, DOMAIN="XX"),
    "gzip": lambda rows: gzip.compress(written(rows)),
    "a gzip bomb": lambda rows: bomb(),
    "a zip": lambda rows: b"PK\x03\x04" + written(rows),
    "a second mark": lambda rows: b"\xef\xbb\xbf\xef\xbb\xbf" + written(rows),
    "an extra column": lambda rows: written([[*row, "X"] for row in rows]),
    "names in lower case": lambda rows: written([[n.lower() for n in rows[0]], *rows[1:]]),
    "a formula for a name": lambda rows: written(
        [[*rows[0], "=1+1"], *[[*row, ""] for row in rows[1:]]]
    ),
}


@pytest.mark.parametrize("change", REFUSED)
@pytest.mark.parametrize("domain", DOMAINS)
def test_what_breaks_the_format_is_refused(derived, small, count, domain, change):
    refused(derived, domain, REFUSED[change](small[domain]))
    count("malformed tables refused, each with table, row and rule")


LONG = {
    "10 MB": "x" * 10_000_000,
    "10 MB of lines": "x\n" * 5_000_000,
    "100 kB": "x" * 100_000,
    "10 MB of digits": "1" * 10_000_000,
}


@pytest.mark.parametrize("size", LONG)
@pytest.mark.parametrize("domain, name", random.Random(0).sample(COLUMNS, 10))
def test_a_long_cell_is_refused_by_the_name_of_its_column(
    derived, small, count, domain, name, size
):
    message = refused(derived, domain, written(with_cell(small[domain], name, LONG[size])), name)
    assert TABLES[domain].columns[name].rule in message and ", row 2)" in message
    count("malformed tables refused, each with table, row and rule")


@pytest.mark.parametrize("domain", [domain for domain in DOMAINS if domain != "dm"])
def test_a_row_of_nobody_is_refused(derived, small, count, domain):
    message = refused(derived, domain, last(small[domain], USUBJID="NOBODY"), "USUBJID")
    assert "be a subject of the dm table" in message and "'NOBODY'" in message
    count("malformed tables refused, each with table, row and rule")


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "-2+3",
        "<script>alert(1)</script>",
        "'; DROP TABLE ae; --",
        "$(id)",
    ],
)
def test_a_formula_or_code_in_a_free_text_is_a_text(derived, small, undisturbed, count, text):
    assert derived(ae=written(with_cell(small["ae"], "AETERM", text))) == undisturbed
    count("unusual tables accepted, with equal numbers")
