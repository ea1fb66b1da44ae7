"""The renderer `quarto`, with a program in Quarto's place that records how it was called."""

import json
import sys
from pathlib import Path

import pytest

from tracedtrial.refusal import Refusal
from tracedtrial.rendering import quarto

PROGRAM = """#!{python}
import json, os, pathlib, sys
files = [p.as_posix() for p in pathlib.Path(".").rglob("*") if p.is_file()]
names = ("QUARTO_PYTHON", "TRIAL_ROOT", "SOURCE_DATE_EPOCH", "PYTHONPATH")
record = {{"words": sys.argv[1:], "folder": os.getcwd(), "files": sorted(files),
          "environment": {{name: os.environ.get(name) for name in names}},
          "variables": pathlib.Path("manuscript/_variables.yml").read_text()}}
with open({record!r}, "a") as calls:
    calls.write(json.dumps(record) + "\\n")
{body}
"""
MAKES_ALL = """for suffix in ("pdf", "docx", "html", "xml"):
    pathlib.Path("manuscript/sample." + suffix).write_text("new " + suffix)"""


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A trial with a manuscript, a figure, and a PDF of an earlier build."""
    folder = tmp_path / "a trial"
    for name, text in (
        ("manuscript/sample.qmd", "---\ndate: 2024-02-29\n---\n\nText.\n"),
        ("manuscript/_quarto.yml", "project:\n  type: default\n"),
        ("manuscript/_variables.yml", "a: b\n"),
        ("manuscript/style.csl", "<x/>\n"),
        ("manuscript/sample.pdf", "left by another render"),
        ("manuscript/.quarto/cache", "old"),
        ("figures/figure-1.svg", "<svg/>"),
        ("build/manuscript.pdf", "old pdf"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a `quarto` on PATH that runs `body`; gives the calls that it was given."""
    (tmp_path / "bin").mkdir()
    calls = tmp_path / "calls"

    def install(body: str = MAKES_ALL) -> Path:
        program = tmp_path / "bin" / "quarto"
        program.write_text(PROGRAM.format(python=sys.executable, record=str(calls), body=body))
        program.chmod(0o755)
        return calls

    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return install


def outputs(trial: Path) -> dict[str, Path]:
    return {
        "pdf": trial / "build/manuscript.pdf",
        "docx": trial / "build/manuscript.docx",
        "html": trial / "build/manuscript.html",
        "xml": trial / "build/manuscript.xml",
    }


def test_one_render_of_the_folder_makes_every_format(trial: Path, installed) -> None:
    calls = installed()
    quarto.render(trial / "manuscript/sample.qmd", outputs(trial), root=trial)
    (told,) = map(json.loads, calls.read_text().splitlines())
    assert told["words"] == ["render", "manuscript"]
    assert {path.name: path.read_text() for path in outputs(trial).values()} == {
        "manuscript.pdf": "new pdf",
        "manuscript.docx": "new docx",
        "manuscript.html": "new html",
        "manuscript.xml": "new xml",
    }


def test_quarto_works_on_a_copy_of_the_sources_and_the_figures(trial: Path, installed) -> None:
    calls = installed()
    before = {
        path: path.read_bytes() for path in (trial / "manuscript").rglob("*") if path.is_file()
    }
    quarto.render(trial / "manuscript/sample.qmd", outputs(trial), root=trial)
    told = json.loads(calls.read_text())
    assert not Path(told["folder"]).exists() and not told["folder"].startswith(str(trial))
    assert told["files"] == [
        "figures/figure-1.svg",
        "manuscript/_quarto.yml",
        "manuscript/_variables.yml",
        "manuscript/sample.qmd",
        "manuscript/style.csl",
    ]
    assert {path: path.read_bytes() for path in before} == before


def test_cells_run_with_this_python_for_this_trial_at_the_manuscripts_date(
    trial: Path, installed
) -> None:
    calls = installed()
    quarto.render(trial / "manuscript/sample.qmd", outputs(trial), root=trial)
    environment = json.loads(calls.read_text())["environment"]
    assert environment["QUARTO_PYTHON"] == sys.executable
    assert environment["TRIAL_ROOT"] == str(trial)
    assert environment["SOURCE_DATE_EPOCH"] == "1709164800"  # 29 February 2024, UTC
    assert Path(
        environment["PYTHONPATH"].split(":")[0], "tracedtrial/rendering/quarto.py"
    ).is_file()


def test_variables_of_another_file_take_the_place_of_the_manuscripts(
    trial: Path, installed, tmp_path: Path
) -> None:
    calls = installed()
    (tmp_path / "other.yml").write_text("a: c\n")
    quarto.render(
        trial / "manuscript/sample.qmd",
        outputs(trial),
        root=trial,
        variables=tmp_path / "other.yml",
    )
    assert json.loads(calls.read_text())["variables"] == "a: c\n"


def test_no_quarto_is_one_line_that_says_how_to_get_it(
    trial: Path, installed, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(trial)
    assert (
        quarto.main(
            [
                "--manuscript",
                "manuscript/sample.qmd",
                "--pdf",
                "build/manuscript.pdf",
                "--attach",
                "analysis/protocol.yaml",
            ]
        )
        == 2
    )
    assert capsys.readouterr().err == (
        "renderer 'quarto' needs the program quarto on PATH: "
        "pip install '.[quarto]', or quarto.org\n"
    )
    assert (trial / "build/manuscript.pdf").read_text() == "old pdf"


def test_a_failure_tells_what_quarto_said_and_leaves_the_outputs(trial: Path, installed) -> None:
    installed('print("ERROR: no such filter", file=sys.stderr); sys.exit(3)')
    with pytest.raises(Refusal, match="exited with 3:\nERROR: no such filter"):
        quarto.render(trial / "manuscript/sample.qmd", outputs(trial), root=trial)
    assert (trial / "build/manuscript.pdf").read_text() == "old pdf"


@pytest.mark.parametrize(
    "left", ['os.remove("manuscript/sample.xml")', 'open("manuscript/sample.xml", "w").close()']
)
def test_a_format_that_quarto_does_not_make_is_refused_and_none_is_replaced(
    trial: Path, installed, left: str
) -> None:
    installed(f"{MAKES_ALL}\n{left}")
    with pytest.raises(Refusal, match="must make sample.xml, but did not"):
        quarto.render(trial / "manuscript/sample.qmd", outputs(trial), root=trial)
    assert (trial / "build/manuscript.pdf").read_text() == "old pdf"
    assert not (trial / "build/manuscript.docx").exists()


def test_the_command_line_is_the_embedded_renderers(trial: Path, installed, monkeypatch) -> None:
    installed()
    monkeypatch.chdir(trial)
    assert (
        quarto.main(
            [
                "--manuscript",
                "manuscript/sample.qmd",
                "--xml",
                "build/manuscript.xml",
                "--ledger",
                "build/ledger.json",
                "--attach",
                "analysis/protocol.yaml",
            ]
        )
        == 0
    )
    assert (trial / "build/manuscript.xml").read_text() == "new xml"
    assert (trial / "build/manuscript.pdf").read_text() == "old pdf"
