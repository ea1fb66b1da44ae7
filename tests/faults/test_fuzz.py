"""Readers of raw tables, protocol, ledger and the manuscript's lists, fed with what they may get.

Whatever the bytes, a reader returns or refuses in one line. Bounded, and the same every time.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracedtrial.checks.terms import read_terms
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.formats.reading import texts
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.schema import DOMAINS, read_raw_tables
from tracedtrial.record.ledger import read_ledger
from tracedtrial.record.ledger.literature import literature_rows
from tracedtrial.refusal import Refusal
from tracedtrial.release.submission.checklist import read_checklist
from tracedtrial.release.submission.profile import read_profile
from tracedtrial.rendering.source import source

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = read_protocol(ROOT / "analysis/protocol.yaml")
ASKED = response_criteria(PROTOCOL).asks
SPLICES = [
    b"",
    b"\0",
    b"\xff",
    b'"',
    b"'",
    b"\n",
    b"\r",
    b",",
    b":",
    b"[",
    b"{",
    b"}",
    b"]",
    b"- ",
    b"&a ",
    b"*a",
    b"!!python/object/apply:os.system [id]",
    b"!include ../x",
    b"null",
    b"NaN",
    b"1e999",
    b"-0",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"<<: ",
    b"? ",
    b"%",
    b"2014-13-45",
    "٣".encode(),
    b"=1+1",
    b"x" * 300,
    b"[" * 500,
    b'{"a":' * 500,
    b"true",
    b"~",
    b"0",
]


@st.composite
def spliced(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with up to four places cut out, doubled, or replaced by awkward bytes."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        put = draw(
            st.one_of(
                st.sampled_from(SPLICES),
                st.binary(max_size=8),
                st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace")),
                st.just(content[start:end] * 2),
            )
        )
        content = content[:start] + put + content[end:]
    return content


def bounded(examples: int) -> Callable:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def returns_or_refuses(read: Callable[[], object]) -> None:
    try:
        read()
    except Refusal as refusal:
        assert "\n" not in str(refusal) and len(str(refusal)) < 2000


@pytest.fixture(scope="module")
def two_patients(raw_rows) -> dict[str, bytes]:
    """The raw tables of two patients, with at most a dozen rows each."""
    chosen = sorted({row["USUBJID"] for row in raw_rows["ex"]})[:2]
    return {
        domain: written([row for row in rows if row["USUBJID"] in chosen][:12])
        for domain, rows in raw_rows.items()
    }


def written(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, rows[0], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return file.getvalue().encode()


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_reader_of_raw_tables_returns_or_refuses(two_patients, tmp_path, count, domain):
    for name, content in two_patients.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    read_raw_tables(tmp_path, PROTOCOL, ASKED)

    @bounded(60)
    @given(spliced(two_patients[domain]))
    def fuzz(content: bytes) -> None:
        (tmp_path / f"{domain}.csv").write_bytes(content)
        returns_or_refuses(lambda: read_raw_tables(tmp_path, PROTOCOL, ASKED))
        count("fuzzed inputs of the readers")

    fuzz()


def as_json(rows: list[dict[str, str]], path: Path) -> None:
    path.write_text(
        json.dumps(
            {
                "datasetJSONVersion": "1.1.0",
                "records": len(rows),
                "columns": [{"name": name, "dataType": "string"} for name in rows[0]],
                "rows": [list(row.values()) for row in rows],
            }
        )
    )


def as_parquet(rows: list[dict[str, str]], path: Path) -> None:
    duckdb.from_df(pd.DataFrame(rows)).write_parquet(str(path))


def as_xport(rows: list[dict[str, str]], path: Path) -> None:
    pyreadstat.write_xport(pd.DataFrame(rows), str(path), file_format_version=5)


FORMATS = {".json": as_json, ".parquet": as_parquet, ".xpt": as_xport}


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_readers_of_other_formats_return_or_refuse(raw_rows, tmp_path, count, suffix):
    path = tmp_path / f"ae{suffix}"
    FORMATS[suffix](raw_rows["ae"][:12], path)
    whole = path.read_bytes()
    assert len(texts(whole, path.as_posix())) == 13

    @bounded(150)
    @given(spliced(whole))
    def fuzz(content: bytes) -> None:
        returns_or_refuses(lambda: texts(content, path.as_posix()))
        count("fuzzed inputs of the readers")

    fuzz()


READERS = {
    "analysis/protocol.yaml": (read_protocol, 150),
    "manuscript/terms.yml": (read_terms, 150),
    "manuscript/journal.yml": (read_profile, 150),
    "manuscript/checklist.yml": (read_checklist, 150),
    "manuscript/literature.yml": (literature_rows, 150),
}


@pytest.mark.parametrize("name", READERS)
def test_the_readers_of_yaml_return_or_refuse(tmp_path, count, name):
    read, examples = READERS[name]
    path = tmp_path / Path(name).name
    whole = (ROOT / name).read_bytes()
    path.write_bytes(whole)
    read(path)

    @bounded(examples)
    @given(spliced(whole))
    def fuzz(content: bytes) -> None:
        path.write_bytes(content)
        returns_or_refuses(lambda: read(path))
        count("fuzzed inputs of the readers")

    fuzz()


def test_the_reader_of_the_manuscript_returns_or_refuses(tmp_path, count):
    folder = shutil.copytree(ROOT / "manuscript", tmp_path / "manuscript")
    (folder / "_provenance.md").write_text("")  # made by a build
    path = folder / "manuscript.qmd"
    whole = path.read_bytes()
    end = whole.index(b"\n---", 4)
    source(path)

    @bounded(150)
    @given(st.one_of(spliced(whole[:end]).map(lambda header: header + whole[end:]), spliced(whole)))
    def fuzz(content: bytes) -> None:
        path.write_bytes(content)
        returns_or_refuses(lambda: source(path))
        count("fuzzed inputs of the readers")

    fuzz()


LEDGER = (
    b'{"schema": 1, "inputs": {"data/raw/ae.csv": "00"}, "numbers": {"a.n": {"text": "1", '
    b'"value": 1, "source": "data", "n": 1, "denominator": null, "forms": {}}}}'
)


def test_the_reader_of_the_ledger_returns_or_refuses(tmp_path, count):
    path = tmp_path / "ledger.json"
    path.write_bytes(LEDGER)

    @bounded(300)
    @given(spliced(LEDGER))
    def fuzz(content: bytes) -> None:
        path.write_bytes(content)
        returns_or_refuses(lambda: read_ledger(path))
        count("fuzzed inputs of the readers")

    fuzz()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nc: *b\n",
        "a: &a {b: *a}\n",
        "x: !!python/object/apply:os.system [touch touched]\n",
        "x: !include ../../etc/passwd\n",
        "x: !!binary /etc/passwd\n",
        "a: " + "[" * 20_000,
        "\n".join(
            [
                "a0: &a0 [x]",
                *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)),
            ]
        ),
    ],
)
@pytest.mark.parametrize("name", READERS)
def test_tags_and_bombs_of_yaml_are_refused_and_run_nothing(
    tmp_path, monkeypatch, count, name, text
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / Path(name).name
    path.write_text(text)
    with pytest.raises(Refusal) as error:
        READERS[name][0](path)
    assert "\n" not in str(error.value) and len(str(error.value)) < 2000
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    count("YAML tags and bombs refused")
