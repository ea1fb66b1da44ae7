"""`audit diff`: which numbers changed, what changed behind them, and which texts print them."""

import csv
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracedtrial.cli import app
from tracedtrial.paths import CODE
from tracedtrial.provenance.difference.causes import Causes, CodeChange, of_number
from tracedtrial.provenance.difference.changes import changes
from tracedtrial.provenance.difference.deriving import copied_sources, derived_ledger
from tracedtrial.provenance.difference.functions import changed_functions, function_hashes
from tracedtrial.provenance.difference.passages import Piece, annotation
from tracedtrial.provenance.difference.rows import table_change
from tracedtrial.provenance.difference.sentences import manuscript, sentences

ROOT = Path(__file__).resolve().parents[1]


def git(folder: Path, *words: str) -> None:
    named = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *named, *words], check=True, capture_output=True)


def regraded(folder: Path) -> None:
    """One anemia of grade 2 becomes grade 3."""
    path = folder / "data/raw/ae.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    row = next(r for r in rows if r["AEDECOD"] == "Anemia" and r["AETOXGR"] == "2")
    row["AETOXGR"] = "3"
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed trial with its code, one raw row mutated since, and both ledgers."""
    folder = copied_sources(ROOT, tmp_path_factory.mktemp("cut"))
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".gitignore").write_text("build/\n*.json\n!src/**\n__pycache__/\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "before the cut")
    git(folder, "branch", "-M", "main")
    derived_ledger(folder, CODE, "the trial")
    shutil.copyfile(folder / "build/ledger.json", folder / "old.json")
    regraded(folder)
    derived_ledger(folder, CODE, "the trial")
    return folder


@pytest.fixture
def ask(cut: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(cut)
    return lambda *words: CliRunner().invoke(app, ["diff", *map(str, words)])


def test_a_mutated_row_names_table_row_count_numbers_and_cells(ask) -> None:
    answer = ask("old.json", "build/ledger.json")
    assert answer.exit_code == 1, answer.output
    assert "data  data/raw/ae.csv  1 row changed in AETOXGR, of 1 patient" in answer.stdout
    assert re.search(r"ae\.term\.anemia\.g2\.n  \[-12-\] \{\+11\+\}  data \(ae\)", answer.stdout)
    assert re.search(r"Table 4  .*Anemia  Grade 3  \[-9 \(28\)-\] \{\+10 \(31\)\+\}", answer.stdout)
    assert "response." not in answer.stdout


def test_a_revision_is_derived_by_its_own_code_and_agrees_with_its_ledger(ask) -> None:
    by_file, by_revision = ask("old.json"), ask("HEAD")
    assert by_revision.exit_code == 1, by_revision.output
    numbers = [
        each.stdout.split("Numbers changed")[1].split("Note:")[0] for each in (by_file, by_revision)
    ]
    assert numbers[0] == numbers[1]


def test_the_same_ledger_twice_differs_in_nothing(ask) -> None:
    answer = ask("old.json", "old.json")
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[1].startswith("All ")


def test_html_and_markdown_strike_the_old_and_mark_the_new_and_hold_no_patient(
    ask, cut: Path
) -> None:
    ask("old.json", "--html", "d.html", "--markdown", "d.md")
    html, markdown = (cut / "d.html").read_text(), (cut / "d.md").read_text()
    assert "<del>12 (38)</del><ins>11 (34)</ins>" in html
    assert "~~12 (38)~~ **11 (34)**" in markdown
    with (cut / "data/raw/dm.csv").open(newline="") as lines:
        patients = [row["USUBJID"] for row in csv.DictReader(lines)]
    assert patients and not any(patient in html + markdown for patient in patients)


def test_rows_of_a_version_that_is_nowhere_are_not_counted(ask, cut: Path) -> None:
    ledger = json.loads((cut / "old.json").read_text())
    ledger["inputs"]["data/raw/ae.csv"] = "0" * 64
    (cut / "other.json").write_text(json.dumps(ledger))
    assert "data/raw/ae.csv  differs; its rows cannot be counted" in ask("other.json").stdout


def test_a_name_in_the_data_is_escaped_in_html(ask, cut: Path) -> None:
    ledger = json.loads((cut / "old.json").read_text())
    ledger["numbers"]["ae.term.anemia.g2.n"]["text"] = "<script>alert(1)</script>"
    (cut / "other.json").write_text(json.dumps(ledger))
    ask("other.json", "--html", "d.html")
    assert "&lt;script&gt;" in (cut / "d.html").read_text()
    assert "<script" not in (cut / "d.html").read_text()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            "no-such-revision",
            "'no-such-revision' must be a ledger file or a git revision, but is neither",
        ),
        (
            "analysis/protocol.yaml",
            "analysis/protocol.yaml must be a ledger: JSON with numbers by id",
        ),
        ("--output=x", "No such option"),
    ],
)
def test_what_is_neither_ledger_nor_revision_is_refused(ask, word: str, said: str) -> None:
    answer = ask(word)
    assert answer.exit_code == 2 and said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_revision_that_gives_no_ledger_is_refused_in_one_line(ask, cut: Path) -> None:
    git(cut, "checkout", "--quiet", "--orphan", "bare")
    git(cut, "rm", "-r", "--cached", "--quiet", "src")
    git(cut, "commit", "--quiet", "--message", "no code")
    answer = ask("bare")
    git(cut, "symbolic-ref", "HEAD", "refs/heads/main")
    git(cut, "reset", "--quiet")
    assert answer.exit_code == 2
    assert answer.stderr == (
        "revision 'bare' must hold what makes a ledger, but has no tracedtrial/analyses\n"
    )


def test_a_revision_without_a_repository_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    answer = CliRunner().invoke(app, ["diff", "HEAD"])
    assert answer.exit_code == 2
    assert answer.stderr == "'HEAD' must be a ledger file, for there is no git repository here\n"


def test_ledgers_of_two_trials_are_refused(ask, cut: Path) -> None:
    ledger = json.loads((cut / "old.json").read_text())
    (cut / "other.json").write_text(json.dumps(ledger | {"trial": "X"}))
    answer = ask("other.json")
    assert answer.exit_code == 2 and "must be of one trial" in answer.stderr


def test_old_data_that_is_not_the_ledgers_is_refused(ask) -> None:
    answer = ask("old.json", "--old-data", "data/raw")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("data/raw/ae.csv must be the table of old.json")


def row(text: str, value: object, **more: object) -> dict:
    return {
        "text": text,
        "forms": {},
        "value": value,
        "n": None,
        "denominator": None,
        "source": "data",
        "population": "",
        "inputs": {},
        "functions": [],
        **more,
    }


def test_numbers_are_added_removed_changed_or_changed_beyond_the_print() -> None:
    old = {"a": row("1", 1), "b": row("2", 2), "c": row("48%", 48.0), "d": row("5", 5)}
    new = {"b": row("3", 3), "c": row("48%", 48.2), "d": row("5", 5), "e": row("6", 6)}
    found = {change.id: change.kind for change in changes(old, new, Causes())}
    assert found == {"a": "removed", "b": "changed", "c": "unprinted", "e": "added"}


def test_a_number_goes_back_to_its_own_function_else_to_code_else_to_nothing_recorded() -> None:
    def by(digest: str) -> dict:
        return row("1", 1, functions=[{"name": "rate", "file": "a.py", "sha256": digest}])

    code = Causes(code=(CodeChange("a.py", ("rate",)),))
    assert of_number(by("1"), by("2"), code) == ("code (rate)",)
    assert of_number(by("1"), by("1"), code) == ("code",)
    assert of_number(by("1"), by("1"), Causes(code=(CodeChange("a.py", ()),))) == (
        "nothing recorded",
    )


def test_rows_are_compared_by_key_in_any_order() -> None:
    old = b"USUBJID,AESEQ,AETOXGR\n1,1,2\n1,2,3\n2,1,1\n"
    new = b"USUBJID,AESEQ,AETOXGR\n2,1,1\n1,1,4\n3,1,2\n"
    assert str(table_change("data/raw/ae.csv", old, new)) == (
        "1 row added, 1 row removed, 1 row changed in AETOXGR, of 2 patients"
    )


def test_a_comment_changes_no_function_and_a_method_goes_by_its_class() -> None:
    old = b"class A:\n    x = 1\n    def f(self):\n        return 1\n"
    assert changed_functions(old, old.replace(b"return 1", b"return 1  # why")) == ()
    assert changed_functions(old, old.replace(b"return 1", b"return 2")) == ("A.f",)
    assert changed_functions(old, old.replace(b"x = 1", b"x = 2")) == ("A",)


def test_hashes_of_functions_are_those_of_the_ledger(cut: Path) -> None:
    ledger = json.loads((cut / "old.json").read_text())
    named = {
        (f["file"], f["name"], f["sha256"])
        for number in ledger["numbers"].values()
        for f in number["functions"]
    }
    assert named
    for file, name, digest in named:
        assert digest in function_hashes((CODE / file).read_bytes())[name], name


def test_a_drawn_text_shows_each_number_as_both_sides_print_it() -> None:
    old, new = {"m": row("8.4", 8.4)}, {"m": row("8.1", 8.1)}
    assert annotation("Median 8.1 months", ["m"], ["8.1"], old, new) == (
        Piece("same", "Median "),
        Piece("old", "8.4"),
        Piece("new", "8.1"),
        Piece("same", " months"),
    )


def test_a_sentence_is_shown_as_printed_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "m.qmd"
    path.write_text(
        "---\nabstract: >-\n  Of {{< var a >}} patients, few responded. None died.\n"
        "---\n\n# Results\n\nIt was {{< var b >}} [@who2000] in **all** of "
        "{{< var a_words >}}. No more.\n"
    )
    old = {"a": row("3", 3, forms={"words": "three"}), "b": row("1.5", 1.5)}
    new = {"a": row("4", 4, forms={"words": "four"}), "b": row("1.5", 1.5)}
    told = [
        (p.place, "".join(f"<{e.kind}:{e.text}>" if e.kind != "same" else e.text for e in p.pieces))
        for p in manuscript(path).passages(old, new)
    ]
    assert told == [
        ("Abstract", "Of <old:3><new:4> patients, few responded."),
        ("Results", "It was 1.5 in all of <old:three><new:four>."),
    ]


def test_every_variable_of_the_shipped_manuscript_stands_in_one_sentence() -> None:
    read = manuscript(ROOT / "manuscript/manuscript.qmd")
    marks = [
        mark
        for text in read.texts
        for sentence in sentences(text.text)
        for mark in re.findall("\ue000(\\d+)\ue001", sentence)
    ]
    assert sorted(map(int, marks)) == list(range(len(read.names)))
