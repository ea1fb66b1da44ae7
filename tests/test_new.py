"""A new trial's example builds, from a wheel in an empty folder with no repository near."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tracedtrial.new.example import CUTOFF, rows

ROOT = Path(__file__).resolve().parents[1]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
FORMATS = ("pdf", "docx", "html", "xml")


# The example's rows


@pytest.fixture(scope="module")
def example() -> dict[str, list[dict]]:
    return rows()


def by_subject(table: list[dict], column: str) -> dict[str, list]:
    found: dict[str, list] = {}
    for row in table:
        found.setdefault(row["USUBJID"], []).append(row[column])
    return found


def test_consent_is_before_the_first_dose_and_nothing_is_after_the_cutoff(example) -> None:
    for row in example["dm"]:
        assert "RFSTDTC" not in row or row["RFICDTC"] < row["RFSTDTC"]
    for table in example.values():
        dates = [
            cell
            for row in table
            for name, cell in row.items()
            if name.endswith("DTC") and not isinstance(cell, str)
        ]
        assert all(day <= CUTOFF for day in dates)


def test_a_death_is_the_same_in_every_table_and_nothing_comes_after_it(example) -> None:
    died = {row["USUBJID"]: row["DTHDTC"] for row in example["dm"] if row.get("DTHFL")}
    assert died == {
        row["USUBJID"]: row["SSDTC"] for row in example["ss"] if row["SSSTRESC"] == "DEAD"
    }
    fatal = {row["USUBJID"]: row["AEENDTC"] for row in example["ae"] if row["AETOXGR"] == 5}
    ended = {row["USUBJID"]: row["DSSTDTC"] for row in example["ds"] if row["DSDECOD"] == "DEATH"}
    assert fatal == ended and fatal.items() <= died.items() and len(fatal) == 1
    for domain, column in (("ex", "EXENDTC"), ("ae", "AESTDTC"), ("tr", "TRDTC"), ("ss", "SSDTC")):
        for subject, days in by_subject(example[domain], column).items():
            assert subject not in died or max(days) <= died[subject], (domain, subject)


def test_the_level_below_two_dose_limiting_toxicities_is_completed_and_expanded(example) -> None:
    cohorts = Counter((row["ARMCD"], row.get("COHORT")) for row in example["dm"])
    assert cohorts == {
        ("L1", "1"): 3,
        ("L2", "2"): 3,
        ("L3", "3"): 3,
        ("L2", "4"): 3,
        ("L2", "EXPANSION"): 4,
        ("SCRNFAIL", None): 1,
    }
    limited = {row["USUBJID"] for row in example["ae"] if row["AEDLTFL"] == "Y"}
    level = {row["USUBJID"]: row["ARMCD"] for row in example["dm"]}
    assert [level[subject] for subject in limited] == ["L3", "L3"]


# From a wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs; the dependencies are the environment's."""
    folder = tmp_path_factory.mktemp("installed")
    source, target = folder / "source", folder / "target"
    shutil.copytree(
        ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [
            *pip,
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
            "--wheel-dir",
            folder,
            source,
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", "--target", target, wheel],
        check=True,
        capture_output=True,
    )
    shutil.rmtree(source)
    return target


@pytest.fixture(scope="module")
def run(installed: Path):
    """Runs a program with the installed package alone."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "TRIAL_ROOT")
    }

    def program(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(words),
            cwd=cwd,
            env=kept | {"PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
        )

    return program


@pytest.fixture(scope="module")
def built(run, installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built in an empty folder."""
    folder = tmp_path_factory.mktemp("away")
    made = run(str(installed / "bin/audit"), "new", "t", "--example", cwd=folder)
    assert made.returncode == 0, made.stderr
    build = run(SNAKEMAKE, "build", "build/ars.json", "--quiet", "all", cwd=folder / "t")
    assert build.returncode == 0, build.stdout + build.stderr
    return folder / "t"


def test_the_installed_package_is_the_one_that_runs(run, installed: Path, built: Path) -> None:
    told = run(
        sys.executable,
        "-c",
        "import tracedtrial.paths as p; print(p.PACKAGE, p.REPOSITORY)",
        cwd=built,
    )
    assert told.stdout.split() == [str(installed / "tracedtrial"), "None"]
    functions = [
        function["file"]
        for row in json.loads((built / "build/ledger.json").read_text())["numbers"].values()
        for function in row["functions"]
    ]
    assert functions and all((installed / file).is_file() for file in functions)


def test_the_wheel_holds_every_file_of_the_package(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        return {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    assert files(installed / "tracedtrial") == files(ROOT / "src/tracedtrial")


@pytest.mark.parametrize("format", FORMATS)
def test_the_example_builds_a_manuscript_that_says_it_is_synthetic(
    built: Path, format: str
) -> None:
    assert (built / f"build/manuscript.{format}").stat().st_size > 10_000
    ledger = json.loads((built / "build/ledger.json").read_text())
    assert ledger["reconstructed"] is True
    assert "0 orphans" in (built / f"build/audit/verify-{format}.txt").read_text()
    texts = {id: row["text"] for id, row in ledger["numbers"].items()}
    assert texts["dlt.rp2d.level"] == "dose level 2"
    assert texts["population.treated.n"] == "16"


@pytest.mark.parametrize(
    "words",
    [
        ["bin/audit", "rerun"],
        ["-m", "tracedtrial.provenance.reproduce"],
        ["-m", "tracedtrial.release.licences"],
    ],
    ids=["rerun", "reproduce", "licences"],
)
def test_what_needs_the_repository_says_so_in_one_line(
    run, installed: Path, built: Path, words: list[str]
) -> None:
    asked = [str(installed / words[0]) if words[0] != "-m" else "-m", *words[1:]]
    told = run(sys.executable, *asked, cwd=built)
    assert told.returncode == 2 and told.stdout == ""
    assert told.stderr == (
        "this needs the repository of the tool, but only the package is installed\n"
    )


def test_bundles_of_an_installed_package_are_made_and_hold(
    run, installed: Path, built: Path
) -> None:
    audit = str(installed / "bin/audit")
    for reader in ("auditor", "public"):
        made = run(audit, "bundle", "--for", reader, cwd=built)
        assert made.returncode == 0, made.stdout + made.stderr
        checked = run(audit, "bundle", "--check", f"build/audit-bundle-{reader}.zip", cwd=built)
        assert checked.returncode == 0, checked.stdout + checked.stderr
