"""Questions put to a build from the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracedtrial.checks.crosscheck import comparisons
from tracedtrial.cli import app
from tracedtrial.refusal import Refusal

NUMBERS = {
    "response.rp2d.orr.percent": {"text": "48%", "forms": {"bare": "48"}, "source": "data"},
    "response.dl2.orr.percent": {"text": "48%", "forms": {"bare": "48"}, "source": "data"},
    "dose.dl1.drug": {"text": "3 mg", "forms": {}, "source": "protocol"},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "build").mkdir()
    (tmp_path / "build/ledger.json").write_text(json.dumps({"numbers": NUMBERS}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def published(folder: Path, *rows: str) -> Path:
    path = folder / "published.csv"
    path.write_text("\n".join(["row,place,what,id,printed", *rows]) + "\n")
    return path


def test_a_printed_text_is_answered_by_the_ids_that_print_it(folder: Path) -> None:
    answer = CliRunner().invoke(app, ["explain", "48%"])
    assert answer.exit_code == 0
    assert answer.stdout.split() == ["response.rp2d.orr.percent", "response.dl2.orr.percent"]


def test_an_unknown_id_is_answered_by_the_nearest_three(folder: Path) -> None:
    answer = CliRunner().invoke(app, ["explain", "response.rp2d.or.percent"])
    assert answer.exit_code == 2
    assert answer.stderr.startswith(
        "'response.rp2d.or.percent' is no id of the ledger; the nearest are "
        "response.rp2d.orr.percent, response.dl2.orr.percent, "
    )


def test_a_missing_ledger_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["explain", "48%"])
    assert answer.exit_code == 2
    assert answer.stderr == (
        "build/ledger.json must be a readable ledger: No such file or directory\n"
    )


def test_equal_published_numbers_hold(folder: Path) -> None:
    (compared,) = comparisons(published(folder, "15,1,orr,response.rp2d.orr.percent,48%"), NUMBERS)
    assert compared.equal


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "15,1,orr,response.rp2d.orr.percent,49%",
            " 15  response.rp2d.orr.percent: published '49%' differs from derived '48%'",
        ),
        (
            "1,,dose,dose.dl9.drug,3 mg",
            "  1  dose.dl9.drug: published '3 mg' differs from derived no such id",
        ),
    ],
)
def test_a_published_number_that_differs_is_a_finding(folder: Path, row: str, said: str) -> None:
    (compared,) = comparisons(published(folder, row), NUMBERS)
    assert not compared.equal and str(compared) == said


def test_published_numbers_without_a_needed_column_are_refused(folder: Path) -> None:
    path = folder / "published.csv"
    path.write_text("row,id\n1,x\n")
    with pytest.raises(Refusal, match="must have the columns row, place, what, id, printed"):
        comparisons(path, NUMBERS)
