"""The whole build, in a copy of the trial: what a change changes, and what a refusal leaves."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tracedtrial.provenance.explain import explanation

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("analysis", "data/raw", "data/published.csv", "manuscript")
MADE = ("_variables.yml", "_provenance.md")


def snakemake(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--workflow-profile",
        str(ROOT / "profiles/default"),
        "--directory",
        str(folder),
        *(words or ("build",)),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def outputs(folder: Path) -> dict[str, str]:
    """SHA-256 of every built file."""
    built = [p for top in ("build", "figures") for p in (folder / top).rglob("*") if p.is_file()]
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in built
        if p.name != "run.json"
    }


def texts(folder: Path) -> dict[str, str]:
    ledger = json.loads((folder / "build/ledger.json").read_text())
    return {id: row["text"] for id, row in ledger["numbers"].items()}


def changed(
    folder: Path,
    table: str,
    chosen: Callable[[dict], bool],
    *,
    most: int | None = None,
    **cells: str,
) -> None:
    """Set `cells` in the rows chosen, at most `most` of them, of a raw table."""
    path = folder / "data/raw" / f"{table}.csv"
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    found = [row for row in rows if chosen(row)][:most]
    assert found
    for row in found:
        row.update(cells)
    with path.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built copy of the trial, in a folder with a blank and a letter beyond ASCII in its name."""
    folder = tmp_path_factory.mktemp("trial") / "a trial, é"
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns(*MADE))
        elif source.exists():
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / part)
    run = snakemake(folder)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def trial(built: Path, tmp_path: Path) -> Path:
    """A copy of the built trial that a test may change, times kept."""
    return Path(shutil.copytree(built, tmp_path / "trial", symlinks=True))


def test_a_clean_build_writes_every_output(built: Path) -> None:
    for name in (
        "build/manuscript.pdf",
        "build/ledger.json",
        "figures/figure-1.pdf",
        "figures/figure-1.png",
        "figures/figure-1.svg",
        "figures/ae-table.md",
        "figures/ae-table.csv",
        "build/audit/crosscheck.txt",
        "build/audit/lint.txt",
    ):
        assert (built / name).stat().st_size, name
    assert "0 differ" in (built / "build/audit/crosscheck.txt").read_text()


def test_nothing_is_done_where_nothing_changed(trial: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (trial / "build").rglob("*.*")}
    run = snakemake(trial)
    assert run.returncode == 0
    assert {path: path.stat().st_mtime_ns for path in before if path.name != "run.json"} == {
        path: time for path, time in before.items() if path.name != "run.json"
    }


def test_a_changed_grade_changes_adverse_event_numbers_and_nothing_unrelated(trial: Path) -> None:
    before, files = texts(trial), outputs(trial)
    changed(
        trial,
        "ae",
        lambda row: row["AEDECOD"] == "Anemia" and row["AETOXGR"] == "2",
        most=1,
        AETOXGR="3",
    )
    assert snakemake(trial).returncode == 0
    after = texts(trial)
    moved = {id for id in before if before[id] != after[id]}
    assert moved and all(id.startswith(("ae.", "safety.")) for id in moved)
    assert outputs(trial)["figures/ae-table.md"] != files["figures/ae-table.md"]
    for name in ("build/panels/figure-1c.csv", "figures/figure-1.png", "build/tables/response.csv"):
        assert outputs(trial)[name] == files[name], name


@pytest.mark.parametrize("name", ["data/raw/dm.csv", "analysis/protocol.yaml"])
def test_a_change_with_an_older_date_is_built_as_any_other(trial: Path, name: str) -> None:
    path = trial / name
    before = path.read_text()
    after = before.replace("DL1,", "DL2,", 1) if name.endswith(".csv") else older_cutoff(before)
    assert after != before
    old = texts(trial)
    path.write_text(after)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert snakemake(trial, "build/numbers.json").returncode == 0
    numbers = json.loads((trial / "build/numbers.json").read_text())["numbers"]
    assert any(old.get(id) != row["text"] for id, row in numbers.items())


def older_cutoff(protocol: str) -> str:
    return protocol.replace("2016-11-30", "2016-11-29")


def test_a_lost_response_is_lost_wherever_it_is_printed_and_the_build_stands(trial: Path) -> None:
    before = texts(trial)
    numbers = json.loads((trial / "build/ledger.json").read_text())["numbers"]
    told = explanation("response.rp2d.orr.percent", numbers, trial / "build/lineage")
    patient = told["numerator_patients"][0]
    changed(
        trial,
        "lb",
        lambda row: (
            row["USUBJID"] == patient
            and row["LBSTRESN"] != ""
            and row["LBTESTCD"] in ("MPROTS", "MPROTU", "KAPPA", "LAMBDA")
            and float(row["VISITNUM"]) > 1
        ),
        LBSTRESN="9000",
    )
    run = snakemake(trial)
    assert run.returncode == 0, run.stderr
    after = texts(trial)
    assert int(after["response.rp2d.orr.n"]) == int(before["response.rp2d.orr.n"]) - 1
    assert after["response.rp2d.orr.percent"] == "44%"
    assert "differs from" in (trial / "build/audit/crosscheck.txt").read_text()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("data/raw/ae.csv", ",3,2014-", ",7,2014-", "must be 1, 2, 3, 4 or 5, but got '7'"),
        (
            "manuscript/manuscript.qmd",
            "# Introduction",
            "Some 48% responded.\n\n# Introduction",
            "48%",
        ),
        (
            "manuscript/manuscript.qmd",
            "{{< var population.treated.n >}}",
            "{{< var population.treatd.n >}}",
            "population.treatd.n",
        ),
        ("analysis/protocol.yaml", "source: published", "source: hearsay", "hearsay"),
        ("manuscript/manuscript.qmd", 'table("response")', 'table("respnse")', "respnse"),
    ],
)
def test_a_refusal_says_why_and_leaves_the_previous_outputs(
    trial: Path, file: str, old: str, new: str, said: str
) -> None:
    before = outputs(trial)
    path = trial / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    run = snakemake(trial)
    assert run.returncode == 1
    assert said in run.stderr + run.stdout
    assert "Traceback" not in run.stderr + run.stdout
    after = outputs(trial)
    assert {name: after.get(name) for name in before} == before
    assert snakemake(trial).returncode == 1  # what was put back is not taken for made


def test_a_raw_table_that_is_gone_is_missed_each_time(trial: Path) -> None:
    (trial / "data/raw/ae.csv").unlink()
    for _ in range(2):
        run = snakemake(trial)
        assert run.returncode == 1
        assert "data/raw/ae.csv must be a readable file" in run.stderr + run.stdout


def test_a_submission_is_whole_the_same_twice_and_holds_no_patient(trial: Path) -> None:
    assert snakemake(trial, "submission").returncode == 0
    folder, packed = trial / "build/submission", trial / "build/submission.zip"
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "manifest.txt"], cwd=folder, check=True
    )
    before = packed.read_bytes()
    with (trial / "data/raw/dm.csv").open(newline="") as lines:
        patients = [row["USUBJID"].encode() for row in csv.DictReader(lines)]
    inner = zipfile.ZipFile(folder / "manuscript.docx")
    parts = [
        *(path.read_bytes() for path in folder.rglob("*") if path.is_file()),
        *map(inner.read, inner.namelist()),
    ]
    assert not any(patient in part for patient in patients for part in parts)
    packed.unlink()
    assert snakemake(trial, "submission").returncode == 0
    assert packed.read_bytes() == before
    profile = trial / "manuscript/journal.yml"
    profile.write_text(profile.read_text().replace("[pdf, tiff]", "[pdf, eps]"))
    run = snakemake(trial, "submission")
    assert run.returncode == 1 and "figures as eps must number 1" in run.stderr
    assert packed.read_bytes() == before and (folder / "figures/figure-1.tiff").is_file()


def test_a_manuscript_over_the_journals_limit_stops_the_build(trial: Path) -> None:
    profile = trial / "manuscript/journal.yml"
    profile.write_text(profile.read_text().replace("most: 120", "most: 20"))
    run = snakemake(trial)
    assert run.returncode == 1
    assert "characters of the title must number at most 20, but got 113" in run.stderr


def test_a_second_build_at_the_same_time_says_so_and_changes_nothing(trial: Path) -> None:
    import fcntl

    before = outputs(trial)
    with open(trial / "build/.lock", "a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        run = snakemake(trial)
    assert run.returncode == 1
    assert "another build holds this folder; nothing was changed" in run.stderr
    assert outputs(trial) == before
