"""Places and surroundings in which a trial may lie: every build gives the same bytes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ["a trial, é", "-n", 'it\'s "quoted" & $HOME; `id` #1', "Ω 試驗 ü", "50% {a} [b] *"]
OBEY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]  # so that root may not write


def same_build(trial: Path, built: Path, build, outputs, **circumstances) -> None:
    run = build(trial, **circumstances)
    assert run.returncode == 0, run.stdout + run.stderr
    assert outputs(trial) == outputs(built)


def environment(**changed: str | None) -> dict[str, str]:
    """The present environment with some variables set, or gone where None."""
    whole = os.environ | changed
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_of_any_name_gives_the_same_bytes(
    copied, built, build, outputs, count, tmp_path, name
):
    same_build(copied(tmp_path / name), built, build, outputs)
    count("places with the same bytes")


def test_a_linked_folder_gives_the_same_bytes(copied, built, build, outputs, count, tmp_path):
    copied(tmp_path / "real")
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    same_build(tmp_path / "link", built, build, outputs)
    count("places with the same bytes")


def test_without_home_git_and_a_locale_the_bytes_are_the_same(
    copied, built, build, outputs, count, tmp_path
):
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "bash", "env", "which"):  # the last for Snakemake's plugin of Slurm
        (tools / tool).symlink_to(shutil.which(tool))
    env = environment(
        PATH=str(tools),
        HOME=None,
        LANG="C",
        LC_ALL="C",
        XDG_CACHE_HOME=None,
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
    )
    same_build(copied(tmp_path / "trial"), built, build, outputs, env=env)
    count("places with the same bytes")


def test_a_home_that_does_not_exist_gives_the_same_bytes(
    copied, built, build, outputs, count, tmp_path
):
    env = environment(HOME=str(tmp_path / "no/such/home"), LC_ALL="C")
    before = [] if os.geteuid() else OBEY
    (tmp_path / "no").mkdir(mode=0o555)
    same_build(copied(tmp_path / "trial"), built, build, outputs, env=env, before=before)
    count("places with the same bytes")


def test_without_a_network_the_bytes_are_the_same(copied, built, build, outputs, count, tmp_path):
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("a network cannot be taken away here")
    same_build(copied(tmp_path / "trial"), built, build, outputs, before=alone)
    count("places with the same bytes")


def test_a_read_only_checkout_says_so_in_one_line_and_changes_nothing(
    trial, build, outputs, said, count
):
    before = outputs(trial)
    folders = [trial, *(path for path in trial.rglob("*") if path.is_dir())]
    protocol = trial / "analysis/protocol.yaml"
    protocol.write_text(protocol.read_text() + "# changed\n")
    try:
        for folder in folders:
            folder.chmod(0o555)
        run = build(trial, before=[] if os.geteuid() else OBEY)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    lines = [line for line in said(run) if not line.startswith("Failed to setup log file")]
    assert run.returncode == 1 and outputs(trial) == before
    assert lines == [
        "the trial's folder must be one to write to, but: Permission denied; nothing was changed"
    ]
    count("read-only checkouts refused")
