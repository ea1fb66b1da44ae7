"""The rules declare all that a build leaves, and what they replace in Snakemake is there."""

import ast
import asyncio
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake import jobs
from snakemake.persistence import PersistenceBase

from tracedtrial.workflow import outputs

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("analysis", "data/raw", "data/published.csv", "manuscript")
MADE_NAMES = ("_variables.yml", "_provenance.md", "__pycache__")
BUILT = ("build", "figures", "manuscript")
TARGETS = ("build", "audit", "submission")
UNDECLARED = {"build/.lock", "build/.jobs", "build/run.json"}  # locks, and what differs by build
FOLDER = "build/submission/"  # its own manifest lists what is in it


def snakemake(folder: Path, *words: str) -> str:
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("snakemake")),
            "--snakefile",
            str(ROOT / "Snakefile"),
            "--workflow-profile",
            str(ROOT / "profiles/default"),
            "--directory",
            str(folder),
            *words,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


# Declared outputs


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped trial, built from nothing."""
    folder = tmp_path_factory.mktemp("whole") / "trial"
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(*MADE_NAMES))
        else:
            shutil.copy2(ROOT / part, folder / part)
    snakemake(folder, *TARGETS, "--quiet", "all")
    return folder


def files(trial: Path) -> set[str]:
    return {
        path.relative_to(trial).as_posix()
        for folder in BUILT
        for path in (trial / folder).rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def rules(trial: Path) -> list[dict[str, set[str]]]:
    """Inputs and outputs of every job of the three targets, as Snakemake lists them."""
    told = snakemake(trial, *TARGETS, "--dryrun", "--forceall", "--quiet", "progress")
    found = []
    for block in re.split(r"^\[.*\]\n(?=(?:local)?rule )", told, flags=re.MULTILINE)[1:]:
        listed = dict(re.findall(r"^    (input|output): (.*)$", block, re.MULTILINE))
        found.append(
            {
                kind: {
                    name.removesuffix(" (update)")
                    for name in listed.get(kind, "").split(", ")
                    if name
                }
                for kind in ("input", "output")
            }
        )
    return found


def test_a_build_leaves_no_file_that_no_rule_declares(trial: Path, rules) -> None:
    declared = set.union(*(rule["output"] for rule in rules))
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "manuscript").iterdir()
        if path.name not in MADE_NAMES
    }
    left = {name for name in files(trial) - declared - source if not name.startswith(FOLDER)}
    assert left == UNDECLARED
    assert declared <= files(trial)


def test_the_submissions_folder_holds_what_its_manifest_lists(trial: Path) -> None:
    manifest = (trial / FOLDER / "manifest.txt").read_text().splitlines()
    listed = {FOLDER + line.split(maxsplit=1)[1].lstrip("*") for line in manifest}
    assert listed == {name for name in files(trial) if name.startswith(FOLDER)} - {
        f"{FOLDER}manifest.txt"
    }


def test_every_declared_output_is_asked_for_so_that_a_deleted_one_is_made_again(rules) -> None:
    asked = set.union(*(rule["input"] for rule in rules))
    asked |= {"build/submission/manifest.txt", "build/submission.zip"}  # of a target itself
    assert set.union(*(rule["output"] for rule in rules)) - asked == set()


def test_deleted_outputs_that_no_rule_reads_are_made_again(trial: Path) -> None:
    names = ("build/tables/response.csv", "figures/ae-table.csv", "figures/figure-1.tiff")
    contents = {name: (trial / name).read_bytes() for name in names}
    for name in names:
        (trial / name).unlink()
    snakemake(trial, "build", "--quiet", "all")
    assert {name: (trial / name).read_bytes() for name in names} == contents


# What is replaced in Snakemake


REPLACED = {
    "backup_output": "(self, path: pathlib.Path) -> None",
    "restore_output": "(self, path: pathlib.Path) -> bool",
    "cleanup_backup": "(self, path: pathlib.Path) -> None",
    "finished": "(self, job: Any) -> None",
}


def inherited(name: str) -> object:
    """Snakemake's own method, even where this process has replaced it."""
    return (
        outputs._recorded
        if name == "finished"
        else inspect.getattr_static(
            PersistenceBase.__mro__[1] if name in vars(PersistenceBase) else PersistenceBase, name
        )
    )


@pytest.mark.parametrize("name", REPLACED)
def test_snakemake_has_each_replaced_method_with_the_arguments_that_ours_takes(name: str) -> None:
    signature = str(inspect.signature(inherited(name)))
    assert signature.replace("typing.", "") == REPLACED[name]
    assert inspect.iscoroutinefunction(inherited(name)) == (name == "finished")


def test_a_job_calls_each_replaced_method_where_ours_count_on_it() -> None:
    tree = ast.parse(inspect.getsource(jobs))
    calls = [
        (function.name, call.func.attr)
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in REPLACED
        and "persistence" in ast.unparse(call.func)
    ]
    assert sorted(calls) == [
        ("postprocess", "cleanup_backup"),
        ("postprocess", "finished"),
        ("postprocess", "restore_output"),
        ("prepare", "backup_output"),
    ]


def test_a_failed_jobs_outputs_stand_and_are_not_recorded_as_made(monkeypatch) -> None:
    recorded = []

    async def record(self: object, job: object) -> None:
        recorded.append(job)

    monkeypatch.setattr(outputs, "_recorded", record)
    dag = SimpleNamespace(
        workflow=SimpleNamespace(execution_settings=SimpleNamespace(keep_incomplete=True))
    )
    store, job = SimpleNamespace(dag=dag), SimpleNamespace(output=["build/a", "build/b"])
    outputs._begun(store, Path("build/a"))
    assert outputs._stands(store, Path("build/a")) is False  # nothing was restored: it is kept
    asyncio.run(outputs._finished(store, job))
    assert recorded == []
    outputs._begun(store, Path("build/a"))
    asyncio.run(outputs._finished(store, job))
    assert recorded == [job]
