"""The audit page: what it holds, what the public one does not, and that it is one safe file."""

import json
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tracedtrial.analyses.writing import write_results
from tracedtrial.inputs.data_lock import DRAFT
from tracedtrial.inputs.queries.listing import COLUMNS
from tracedtrial.provenance.page.checks import CHECKS, HOLDS, NOT_RUN, outcomes
from tracedtrial.provenance.page.code import lines
from tracedtrial.provenance.page.content import Content
from tracedtrial.provenance.page.drawing import drawn
from tracedtrial.provenance.page.live import linked
from tracedtrial.provenance.page.populations import populations
from tracedtrial.provenance.page.rows import base36, raw_rows, record_sets, runs
from tracedtrial.provenance.page.text import Text, text
from tracedtrial.refusal import Refusal

BAD = "<script>alert(1)</script>"


class Bare:
    """A build with two numbers and no display."""

    numbers = {"a.n": {}, "b_c.n": {}}
    displays: dict = {}


def shown(source: str) -> str:
    return text(html.document_fromstring(source), Bare()).body


@pytest.fixture(scope="module")
def folder(shipped, tmp_path_factory, root) -> Path:
    """The lineage of the shipped trial, and its raw tables."""
    folder = tmp_path_factory.mktemp("trial")
    write_results(shipped.trial, folder / "build")
    shutil.copytree(root / "data/raw", folder / "data/raw")
    return folder


@pytest.fixture(scope="module")
def results(folder) -> dict:
    return json.loads((folder / "build/results.json").read_text())


@pytest.fixture
def numbers(results) -> dict:
    return {row["id"]: row for row in results["numbers"]}


@pytest.fixture
def inputs(results) -> dict:
    return {f"data/raw/{Path(name).name}": digest for name, digest in results["inputs"].items()}


@pytest.fixture
def audited(tmp_path: Path) -> Path:
    """A folder with the outcome of every check."""
    told = {
        "lint": "0 numerals typed; 1 variables",
        "queries": "0 open queries (build/audit/queries.csv), 1 accepted",
        "coherence": "9 numbers, 0 incoherences",
        "crosscheck": "1 published numbers, 0 differ",
        "journal": "a journal\n\ncounts",
        "lock": "no data lock in the protocol",
        "ledger": "9 numbers made again, 0 differences",
        "rederive": "7 numbers derived twice, 0 differ",
    } | {f"verify-{kind}": "x: 1 numerals, 0 orphans" for kind in ("pdf", "docx", "html", "xml")}
    (tmp_path / "build/audit").mkdir(parents=True)
    for name, line in told.items():
        (tmp_path / "build/audit" / f"{name}.txt").write_text(line + "\n")
    return tmp_path


def test_a_link_of_the_manuscript_opens_the_certificate_of_its_number() -> None:
    assert shown('<main><p>of <a href="#n-b-c-n" class="number">3</a> patients</p></main>') == (
        '<div><p>of <a href="#n=b_c.n" class="n">3</a> patients</p></div>'
    )


@pytest.mark.parametrize(
    "source",
    [
        '<p onclick="alert(1)">a</p>',
        "<script>alert(1)</script><p>a</p>",
        "<style>p{}</style><p>a</p>",
        "<p>a<!-- b --></p>",
    ],
)
def test_nothing_of_the_manuscript_can_run(source: str) -> None:
    assert shown(f"<main>{source}</main>") == "<div><p>a</p></div>"


def test_a_link_that_is_no_address_loses_it_and_a_foreign_picture_is_left_out() -> None:
    assert (
        shown(
            '<main><p><a href="javascript:alert(1)">a</a>'
            '<img src="https://example.org/a.png"></p></main>'
        )
        == "<div><p><a>a</a></p></div>"
    )


def test_escaped_markup_in_the_manuscript_stays_text() -> None:
    assert shown("<main><p>&lt;script&gt;</p></main>") == "<div><p>&lt;script&gt;</p></div>"


def test_each_number_of_a_cell_is_linked_in_its_order() -> None:
    cell = html.fragment_fromstring("<td>2 (2)</td>")
    linked(cell, {"ids": ["a.n", "a.percent"], "texts": ["2", "2"]})
    assert html.tostring(cell).decode() == (
        '<td><a class="number" href="#n-a-n">2</a> '
        '(<a class="number" href="#n-a-percent">2</a>)</td>'
    )


def test_a_cell_that_does_not_show_its_number_is_refused() -> None:
    with pytest.raises(Refusal, match="text must show '3' of a.n, but got '2 ' "):
        linked(html.fragment_fromstring("<td>2 </td>"), {"ids": ["a.n"], "texts": ["3"]})


@given(st.sets(st.integers(0, 5000)))
def test_runs_give_back_the_records_that_they_were_made_of(records: set[int]) -> None:
    found, at = [], 0
    for gap, length in (run.split(".") for run in runs(sorted(records)).split()):
        found += range(at + int(gap, 36), at + int(gap, 36) + int(length, 36))
        at = found[-1] + 1
    assert found == sorted(records)


@given(st.integers(0, 10**9))
def test_base_36_is_read_back_as_the_number(number: int) -> None:
    assert int(base36(number), 36) == number


def test_raw_rows_stand_on_the_page_as_in_the_file(folder, inputs, raw_rows_by_key) -> None:
    for table in raw_rows(folder, inputs):
        for row in range(table["count"]):
            cells = {
                name: texts[0 if rows == 0 else rows[row]]
                for name, (texts, rows) in zip(table["names"], table["columns"], strict=True)
            }
            assert raw_rows_by_key[table["domain"], table["rows"][row]] == cells


@pytest.fixture(scope="session")
def raw_rows_by_key(raw_rows) -> dict:
    return {
        (domain.upper(), line): row
        for domain, rows in raw_rows.items()
        for line, row in enumerate(rows, 2)
    }


def test_a_changed_raw_table_is_refused(folder, inputs) -> None:
    with pytest.raises(Refusal, match="data/raw/dm.csv must be as it was when"):
        raw_rows(folder, inputs | {"data/raw/dm.csv": "0"})


def test_sets_of_the_public_page_name_no_record(folder, numbers) -> None:
    public = record_sets(folder, numbers, with_members=False)
    auditor = record_sets(folder, numbers, with_members=True)
    assert public.keys() == auditor.keys()
    assert all(set(entry) == {"digest", "count", "patients"} for entry in public.values())
    assert all(entry["records"] for entry in auditor.values())


def test_every_population_has_its_rule_in_words(protocol) -> None:
    made = populations(protocol)
    assert set(protocol["populations"]) < set(made)
    assert made["rp2d"]["rule"] == (
        "patients evaluable for response and toxicity who were assigned to the dose level that "
        "the escalation rule recommended"
    )


def test_lines_of_code_give_back_the_code(root) -> None:
    source = (root / "src/tracedtrial/provenance/page/code.py").read_text()
    assert "\n".join("".join(piece for _, piece in line) for line in lines(source)) + "\n" == source


def test_each_check_has_the_outcome_that_it_wrote(audited) -> None:
    found = {outcome.check.name: outcome for outcome in outcomes(audited)}
    assert len(found) == len(CHECKS)
    assert {name for name, outcome in found.items() if outcome.word == NOT_RUN} == {
        "Data lock",
        "Row lineage",
        "Reproducibility",
        "Privacy",
    }
    assert found["Second derivation"].line == "7 numbers derived twice, 0 differ"
    assert {outcome.word for outcome in found.values()} == {HOLDS, NOT_RUN}


def test_a_finding_is_shown_as_one(audited) -> None:
    (audited / "build/audit/rederive.txt").write_text("a: text is b\n7 numbers, 2 differ\n")
    found = next(o for o in outcomes(audited) if o.check.name == "Second derivation")
    assert (found.word, found.line) == ("findings", "7 numbers, 2 differ")


@pytest.mark.parametrize(
    ("file", "name", "line"),
    [
        (
            "rederive",
            "Second derivation",
            "no second derivation: analysis/rederive.sql is not there",
        ),
        ("crosscheck", "Cross-check", "no published numbers"),
        ("lock", "Data lock", "no data lock in the protocol"),
    ],
)
def test_what_had_nothing_to_check_is_not_said_to_hold(audited, file, name, line) -> None:
    (audited / f"build/audit/{file}.txt").write_text(line + "\n")
    found = next(o for o in outcomes(audited) if o.check.name == name)
    assert (found.word, found.line) == (NOT_RUN, line)


def test_a_lock_that_data_keep_holds_and_one_that_they_do_not_is_a_finding(audited) -> None:
    words = []
    for told in ("9 raw tables as locked on 2016-12-01", f"{DRAFT}\ndata/raw/ae.csv differs"):
        (audited / "build/audit/lock.txt").write_text(told + "\n")
        words += [(o.word, o.draft) for o in outcomes(audited) if o.check.name == "Data lock"]
    assert words == [(HOLDS, False), ("findings", True)]


def test_findings_of_one_kind_are_not_hidden_by_none_of_another(audited) -> None:
    (audited / "build/audit/rederive.txt").write_text(
        "7 numbers derived twice, 0 differ\n9 results of patients derived twice, 1 differ\n"
    )
    found = next(o for o in outcomes(audited) if o.check.name == "Second derivation")
    assert (found.word, found.line) == (
        "findings",
        "7 numbers derived twice, 0 differ; 9 results of patients derived twice, 1 differ",
    )


def test_a_check_without_its_outcome_is_refused(audited) -> None:
    (audited / "build/audit/lint.txt").unlink()
    with pytest.raises(Refusal, match="build/audit/lint.txt must be a file of the build"):
        outcomes(audited)
    (audited / "build/audit/lint.txt").write_text("nothing\n")
    with pytest.raises(Refusal, match="outcome must say how many findings there are"):
        outcomes(audited)


def page(audited: Path, **more: object) -> str:
    ledger = {"inputs": {BAD: BAD}, "roles": {BAD: BAD}, "numbers": {BAD: {"text": BAD}}}
    made = {
        "text": Text(BAD, "<p>body</p>", ()),
        "reconstructed": True,
        "ledger": ledger,
        "checks": outcomes(audited),
        "rows": [{"cells": [BAD]}],
        "queries": [dict.fromkeys(COLUMNS, BAD)],
    } | more
    return drawn(Content(**made))


def test_the_rows_that_checks_question_are_listed_and_not_where_there_are_none(audited) -> None:
    row = dict.fromkeys(COLUMNS, "") | {"check": "AE-DOUBLED", "record": "AE/01-003/12"}
    listed = html.document_fromstring(page(audited, queries=[row]))
    assert listed.xpath("//table[contains(@class, 'queries')]//td[1]/text()") == ["AE/01-003/12"]
    assert "queries-title" not in page(audited, queries=[], rows=None)


def test_texts_of_data_cannot_become_markup(audited) -> None:
    written = page(audited)
    assert BAD not in written
    tree = html.document_fromstring(written)
    kinds = [script.get("type") for script in tree.iter("script")]
    assert kinds == ["application/json", "application/json", None]
    assert json.loads(tree.get_element_by_id("rows-data").text) == [{"cells": [BAD]}]
    assert tree.findtext(".//h1") == BAD


def test_the_page_asks_for_nothing_and_says_that_the_data_are_synthetic(audited) -> None:
    tree = html.document_fromstring(page(audited))
    assert not tree.xpath("//link | //iframe | //object | //script[@src] | //*[@style]")
    policy = tree.xpath("//meta[@http-equiv]/@content")[0]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert "Synthetic data." in tree.find_class("banner")[0].text_content()
    assert not html.document_fromstring(page(audited, reconstructed=False)).find_class("banner")


def test_the_script_builds_no_markup(root) -> None:
    scripts = [path.read_text() for path in (root / "src/tracedtrial/provenance/page").glob("*.js")]
    assert len(scripts) == 8
    assert not any(
        re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", script)
        for script in scripts
    )
