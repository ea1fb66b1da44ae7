"""Every command ends with 0 where what it checks holds, 1 with a finding, 2 where it cannot run."""

import re
import runpy
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracedtrial.cli import app
from tracedtrial.commands import command
from tracedtrial.paths import CODE, PACKAGE
from tracedtrial.refusal import Refusal

FOOT = 'if __name__ == "__main__":'
ALONE = {
    "inputs/queries/catalogue.py",  # writes a part of docs/queries.md, and reads no file
    "release/bundle/check.py",  # goes into bundles, and runs without the package
    "rendering/reference.py",
}  # writes the template's reference.docx, for a developer
MODULES = sorted(
    path.relative_to(CODE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__main__")
    for path in PACKAGE.rglob("*.py")
    if (FOOT in path.read_text(encoding="utf-8") or path.name == "__main__.py")
    and path.relative_to(PACKAGE).as_posix() not in ALONE
)
WORDS = {  # of the modules that need some
    "tracedtrial.checks.verify": ["build/manuscript.pdf"],
    "tracedtrial.portfolio.outcome": ["trial", "build/trial.json"],
    "tracedtrial.release.privacy.report": ["build/manuscript.pdf"],
    "tracedtrial.rendering": ["--manuscript", "manuscript.qmd", "--pdf", "out.pdf"],
    "tracedtrial.rendering.executed": ["manuscript.qmd", "build/cells.json"],
    "tracedtrial.rendering.quarto": ["--manuscript", "manuscript.qmd", "--pdf", "out.pdf"],
}
IN_A_BUILD = {"tracedtrial.checks.rederive": 0}  # no second derivation: the report says so
ASKED = {
    "explain": ["pfs.median.months"],
    "verify": ["build/manuscript.pdf"],
    "lineage": ["--all"],
    "diff": ["old.json"],
    "new": ["there"],
    "bundle": ["--for", "auditor"],
}


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is no trial, in a process without the tool's repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tracedtrial.paths.REPOSITORY", None)
    monkeypatch.delenv("TRIAL_ROOT", raising=False)
    return tmp_path


def test_a_check_that_holds_finds_or_cannot_run_ends_with_0_1_or_2(capsys) -> None:
    def missing() -> bool:
        return bool(Path("none/at/all").read_text())

    def refused() -> bool:
        raise Refusal("AGE must be given")

    assert command(lambda: True)() == command(lambda: None)() == 0
    assert command(lambda: False)() == 1 and capsys.readouterr() == ("", "")
    assert command(refused)() == 2 and capsys.readouterr().err == "AGE must be given\n"
    assert command(missing)() == 2 and capsys.readouterr().err == (
        "none/at/all cannot be read or written: No such file or directory\n"
    )


def test_an_error_of_the_program_is_no_refusal() -> None:
    def broken() -> bool:
        raise ValueError("a fault of the code")

    with pytest.raises(ValueError, match="a fault of the code"):
        command(broken)()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_cannot_run_says_why_in_one_line_and_ends_with_2(
    name: str, empty: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(sys, "argv", [name, *WORDS.get(name, [])])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(name, run_name="__main__", alter_sys=False)
    told = capsys.readouterr().err
    assert (ended.value.code, told.count("\n")) == (
        (IN_A_BUILD[name], 0) if name in IN_A_BUILD else (2, 1)
    ), told


@pytest.mark.parametrize("name", sorted(found.name for found in app.registered_commands))
def test_a_question_that_cannot_be_answered_says_why_in_one_line_and_ends_with_2(
    name: str, empty: Path
) -> None:
    (empty / "there").write_text("a file, where a new trial's folder was to be")
    answer = CliRunner().invoke(app, [name, *ASKED.get(name, [])])
    assert answer.exit_code == 2, answer.output
    assert answer.stdout == "" and answer.stderr.count("\n") == 1, answer.output


def test_every_command_goes_through_the_one_decorator() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        inside = path.relative_to(PACKAGE).as_posix()
        if FOOT in text and inside not in ALONE:
            assert re.search(r"@command\n|command\(\w+\)|import main\n", text), inside
        if inside not in ALONE | {"build_lock.py"}:
            assert not re.search(r"sys\.exit\((?!main\(|command\()", text), inside
