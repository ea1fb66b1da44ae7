"""The comparison of two builds, and the clean copies that they are made from."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tracedtrial.provenance import reproduce
from tracedtrial.provenance.reproduce import ELSEWHERE, HERE, copied, differences, first_difference
from tracedtrial.refusal import Refusal


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two built folders that are the same."""
    for name in ("one", "other"):
        for file, content in (
            ("build/a.json", b"abcdef"),
            ("build/deep/b.csv", b"x,y\n"),
            ("figures/f.png", bytes(range(256))),
        ):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return tmp_path / "one", tmp_path / "other"


def test_equal_folders_do_not_differ(two: tuple[Path, Path]) -> None:
    assert differences(*two) == []


def test_a_changed_byte_is_named_with_its_file_and_place(two: tuple[Path, Path]) -> None:
    (two[1] / "build/a.json").write_bytes(b"abcXef")
    assert differences(*two) == ["build/a.json: differs first at byte 3 (0x64 and 0x58)"]


def test_a_longer_file_differs_where_the_shorter_ends(two: tuple[Path, Path]) -> None:
    (two[1] / "build/a.json").write_bytes(b"abcdefg")
    assert differences(*two) == [
        "build/a.json: differs first at byte 6 (end of file and 0x67; 6 and 7 bytes long)"
    ]


@pytest.mark.parametrize("missing", [0, 1])
def test_a_file_of_one_folder_alone_differs(two: tuple[Path, Path], missing: int) -> None:
    (two[missing] / "figures/f.png").unlink()
    assert differences(*two) == [f"figures/f.png: only in {two[1 - missing]}/"]


def test_records_of_a_run_are_not_compared(two: tuple[Path, Path]) -> None:
    for name in ("build/run.json", "build/.lock", "build/logs/x.log", "figures/.hidden"):
        (two[0] / name).parent.mkdir(exist_ok=True)
        (two[0] / name).write_text("one")
    assert differences(*two) == []


@pytest.mark.parametrize("place", [0, 1, reproduce.BLOCK - 1, reproduce.BLOCK, 3 * reproduce.BLOCK])
def test_the_first_differing_byte_is_found_in_any_block(tmp_path: Path, place: int) -> None:
    content = bytearray(3 * reproduce.BLOCK + 1)
    (tmp_path / "one").write_bytes(content)
    content[place] = content[-1] = 1
    (tmp_path / "other").write_bytes(content)
    assert first_difference(tmp_path / "one", tmp_path / "other") == place


def test_a_copy_holds_the_sources_and_nothing_built(tmp_path: Path) -> None:
    sources = tmp_path / "trial"
    kept = ["Snakefile", "analysis/a.py", "figures/README.md", "manuscript/manuscript.qmd"]
    built = [
        "build/ledger.json",
        "figures/figure-1.pdf",
        "manuscript/_variables.yml",
        "analysis/__pycache__/a.pyc",
        ".venv/bin/python",
        ".snakemake/log/x.log",
    ]
    for name in kept + built:
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text(name)
    for circumstances in (HERE, ELSEWHERE):
        trial = copied(sources, tmp_path, circumstances)
        assert trial.name == circumstances.folder
        found = [path.relative_to(trial).as_posix() for path in trial.rglob("*") if path.is_file()]
        assert sorted(found) == sorted(kept)
    old, new = ((tmp_path / c.folder / "Snakefile").stat().st_mtime for c in (HERE, ELSEWHERE))
    assert new - old > 365 * 86400


def test_the_circumstances_differ_in_everything_that_they_name() -> None:
    for name in ("folder", "home", "umask", "backwards", "modified"):
        assert getattr(HERE, name) != getattr(ELSEWHERE, name), name
    assert HERE.variables.keys() == ELSEWHERE.variables.keys()
    assert all(HERE.variables[name] != ELSEWHERE.variables[name] for name in HERE.variables)


@pytest.fixture
def snakemake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of Snakemake; its test writes it."""
    program = tmp_path / "bin" / "snakemake"
    program.parent.mkdir()
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    (tmp_path / "code" / "analysis").mkdir(parents=True)
    (tmp_path / "code" / "analysis/protocol.yaml").write_text("trial: {}\n")
    monkeypatch.setattr(reproduce, "repository", lambda: tmp_path / "code")
    return program


def written(program: Path, body: str) -> None:
    program.write_text(f"#!{shutil.which('sh')}\nmkdir -p build\n{body}\n")
    program.chmod(0o755)


def test_a_build_of_fixed_bytes_reproduces(snakemake: Path, capsys) -> None:
    written(snakemake, "echo same > build/a")
    assert reproduce.main(["build"]) == 0
    assert capsys.readouterr().out.endswith("1 files compared, 0 differ\n")


@pytest.mark.parametrize("name", ["HOME", "TZ", "LC_ALL", "PYTHONHASHSEED", "PWD"])
def test_an_output_that_depends_on_the_environment_is_found(
    snakemake: Path, capsys, name: str
) -> None:
    written(snakemake, f'printf "%s" "${name}" > build/a')
    assert reproduce.main(["build"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith("build/a: differs first at byte ")
    assert "1 files compared, 1 differ" in told.out


@pytest.mark.parametrize(
    "body",
    [
        'test -d "$HOME" && touch build/home; true',
        "umask > build/umask",
        "date -r analysis/protocol.yaml +%Y > build/year",
    ],
)
def test_an_output_that_depends_on_home_umask_or_file_times_is_found(
    snakemake: Path, body: str
) -> None:
    written(snakemake, body)
    assert reproduce.main(["build"]) == 1


def test_a_failed_build_is_told_with_the_end_of_its_output(snakemake: Path, capsys) -> None:
    written(snakemake, "echo no such rule; exit 1")
    assert reproduce.main(["build"]) == 2
    assert capsys.readouterr().err == (
        "the build in 'one' must succeed, but failed:\nno such rule\n"
    )


def test_a_failed_build_is_refused(snakemake: Path, tmp_path: Path) -> None:
    written(snakemake, "exit 3")
    (tmp_path / "one").mkdir()
    with pytest.raises(Refusal, match="must succeed"):
        reproduce.build(tmp_path / "one", HERE, ["build"])
    assert os.listdir(tmp_path / "one.home") == []
