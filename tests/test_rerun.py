"""`audit rerun`: a clean build elsewhere, and the ledger that a PDF carries."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typst
from typer.testing import CliRunner

from tracedtrial.cli import app
from tracedtrial.paths import CODE
from tracedtrial.provenance import carried, rerun
from tracedtrial.provenance.difference.deriving import copied_sources, derived_ledger

ROOT = Path(__file__).resolve().parents[1]
NUMBER = {
    "text": "1",
    "forms": {},
    "value": 1,
    "n": None,
    "denominator": None,
    "source": "data",
    "population": "",
    "inputs": {},
    "functions": [],
}


def git(folder: Path, *words: str) -> None:
    named = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *named, *words], check=True, capture_output=True)


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built trial whose builder writes its source `value` into a ledger."""
    folder = tmp_path / "trial"
    (folder / "analysis").mkdir(parents=True)
    (folder / "analysis/protocol.yaml").write_text("")
    (folder / ".gitignore").write_text("build/\n")
    (folder / "value").write_text("1")
    program = tmp_path / "bin/snakemake"
    program.parent.mkdir()
    program.write_text(
        f"#!{shutil.which('sh')}\nmkdir -p build\n"
        'sed "s/@/$(cat value)/g" ../ledger.json > build/ledger.json\n'
    )
    program.chmod(0o755)
    ledger = json.dumps({"numbers": {"a.n": NUMBER | {"text": "@", "value": "@"}}})
    (tmp_path / "ledger.json").write_text(ledger)
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    monkeypatch.setattr(rerun, "repository", lambda: folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setattr(rerun, "TemporaryDirectory", lambda prefix: _folder(tmp_path))
    subprocess.run([program], cwd=folder, check=True)
    monkeypatch.chdir(folder)
    return folder


def _folder(tmp_path: Path):
    from contextlib import nullcontext

    shutil.rmtree(tmp_path / "code", ignore_errors=True)
    return nullcontext(str(tmp_path))


def asked(*words: str):
    return CliRunner().invoke(app, ["rerun", "--same-env", *words])


def test_an_unchanged_tree_without_git_is_identical(trial: Path) -> None:
    answer = asked()
    assert answer.exit_code == 0, answer.output
    assert "no git repository: the tree as it stands is built" in answer.stdout
    assert answer.stdout.endswith("1 files compared, identical; 0 numbers differ\n")


def test_a_commit_is_built_and_an_edit_since_is_said_and_built(trial: Path) -> None:
    git(trial, "init", "--quiet")
    git(trial, "add", "--all")
    git(trial, "commit", "--quiet", "--message", "one")
    clean = asked()
    assert clean.exit_code == 0 and clean.stdout.startswith("commit ")
    (trial / "value").write_text("2")
    dirty = asked()
    assert dirty.exit_code == 1
    assert "the work tree is dirty (1 files, first value)" in dirty.stdout
    assert "a.n: 1 → 2" in dirty.stdout
    assert "build/ledger.json  differs     line 1, differs first at byte " in dirty.stdout
    assert dirty.stdout.endswith("1 files compared, 1 differ; 1 numbers differ\n")


def test_outputs_of_another_commit_are_said(trial: Path) -> None:
    git(trial, "init", "--quiet")
    git(trial, "add", "--all")
    git(trial, "commit", "--quiet", "--message", "one")
    (trial / "build/run.json").write_text(json.dumps({"commit": "abc", "dirty": True}))
    told = asked().stdout
    assert "the present outputs were built from commit abc\n" in told
    assert "the present outputs were built from a dirty work tree\n" in told


def test_outputs_missing_here_or_not_remade_are_findings(tmp_path: Path) -> None:
    for name, file in (("here", "build/a"), ("there", "build/b")):
        (tmp_path / name / "build").mkdir(parents=True)
        (tmp_path / name / file).write_text("x")
        (tmp_path / name / "build/same").write_text("x")
    found = rerun.compared_outputs(tmp_path / "here", tmp_path / "there")
    assert [(o.name, o.state) for o in found] == [
        ("build/a", "not remade"),
        ("build/b", "missing"),
        ("build/same", "same"),
    ]


def test_what_is_made_on_demand_beside_a_build_is_no_finding(tmp_path: Path) -> None:
    for name in (
        "build/audit-bundle-public.zip",
        "build/audit-bundle-auditor.zip",
        "build/screenshots/wide.png",
        "build/audit/mutants.txt",
        "build/run.json",
    ):
        (tmp_path / "here" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "here" / name).write_text("x")
    (tmp_path / "there/build").mkdir(parents=True)
    assert rerun.compared_outputs(tmp_path / "here", tmp_path / "there") == []


def test_nothing_built_is_refused(trial: Path) -> None:
    shutil.rmtree(trial / "build")
    answer = asked()
    assert answer.exit_code == 2
    assert answer.stderr == (
        "build/ledger.json must be there to be compared with; run the build first\n"
    )


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = copied_sources(ROOT, tmp_path_factory.mktemp("derived"))
    return derived_ledger(folder, CODE, "the trial")


@pytest.fixture
def pdf(tmp_path: Path, ledger: dict, monkeypatch: pytest.MonkeyPatch):
    """Makes a PDF that carries a ledger; what the repository derives is the module's own."""
    monkeypatch.setattr(carried, "derived_ledger", lambda *_: ledger)
    monkeypatch.chdir(ROOT)

    def made(content: dict | None) -> Path:
        (tmp_path / "ledger.json").write_text(json.dumps(content))
        attached = '#pdf.attach("ledger.json")\n' if content is not None else ""
        (tmp_path / "m.typ").write_text(attached + "text")
        typst.compile(str(tmp_path / "m.typ"), output=str(tmp_path / "m.pdf"))
        return tmp_path / "m.pdf"

    return made


def checked(path: Path):
    return CliRunner().invoke(app, ["rerun", "--from", str(path)])


def test_a_pdf_of_this_repository_holds(pdf, ledger: dict) -> None:
    answer = checked(pdf(ledger))
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.endswith(" hold, 0 do not\n")


def test_a_pdf_whose_ledger_was_altered_is_found_out_number_by_number(pdf, ledger: dict) -> None:
    copy = json.loads(json.dumps(ledger))
    copy["numbers"]["response.rp2d.orr.n"]["text"] = "20"
    copy["numbers"]["gone.n"] = NUMBER
    copy["inputs"]["data/raw/ae.csv"] = "0" * 64
    copy["numbers"]["environment.scipy"]["text"] = "0.0"
    answer = checked(pdf(copy))
    assert answer.exit_code == 1
    assert "data/raw/ae.csv: differs from the file that the ledger names\n" in answer.stdout
    assert "response.rp2d.orr.n: differs, 20 → 12\n" in answer.stdout
    assert "gone.n: gone, 1 → none\n" in answer.stdout
    assert "environment.scipy: another environment, 0.0 → " in answer.stdout
    assert answer.stdout.endswith("hold, 2 do not\n")


def test_an_edited_function_is_named(pdf, ledger: dict) -> None:
    copy = json.loads(json.dumps(ledger))
    copy["numbers"]["response.rp2d.orr.n"]["functions"][0]["sha256"] = "0" * 64
    answer = checked(pdf(copy))
    assert answer.exit_code == 1
    assert "tracedtrial/analyses/response.py, response_rates: the function differs" in answer.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1], "must be a ledger: JSON with inputs, and numbers by id"),
        ({"inputs": {}, "numbers": {"a.n": {"text": "1"}}}, "a.n must have forms, but has none"),
    ],
)
def test_a_pdf_that_carries_something_else_is_refused(pdf, content: object, said: str) -> None:
    answer = checked(pdf(content))
    assert answer.exit_code == 2 and said in answer.stderr


def test_a_pdf_without_a_ledger_is_refused(pdf) -> None:
    answer = checked(pdf(None))
    assert answer.exit_code == 2
    assert answer.stderr.endswith("must carry its ledger, but has no attachment ledger.json\n")
