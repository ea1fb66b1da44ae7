"""The renderer `quarto`: the same source through the real `quarto render`, for those who have it.

The manuscript's folder and the figures are copied to a temporary folder, one `quarto render`
there makes every format of its `_quarto.yml`, and the outputs are collected, all or none. The
words on the command line are the embedded renderer's; what only that one can do (the attachments
and archival claims of the PDF, the tips of the HTML) is left out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import whole_file
from tracedtrial.paths import CODE, FORMATS
from tracedtrial.refusal import Refusal

NO_QUARTO = (
    "renderer 'quarto' needs the program quarto on PATH: pip install '.[quarto]', or quarto.org"
)
SHOWN = 12


def render(
    manuscript: Path,
    outputs: Mapping[str, Path],
    *,
    root: Path,
    variables: Path | None = None,
    notice: str = "",
) -> None:
    """Render `manuscript`, of the trial in `root`, to each path of `outputs`, keyed by format.

    Raises
    ------
    Refusal
        There is no Quarto, it fails, or it does not make one of the formats. No output is
        replaced then.
    """
    program = shutil.which("quarto")
    if program is None:
        raise Refusal(NO_QUARTO)
    with tempfile.TemporaryDirectory(prefix="quarto-") as name:
        stage = staged(manuscript, Path(name).resolve(), root, variables)
        command = [program, "render", stage.parent.name, *drafted(notice)]
        _run(command, stage.parents[1], environment(manuscript, root))
        collect(stage, outputs)


def drafted(notice: str) -> list[str]:
    """What makes a draft of it: the notice as running head, and as the title page's subtitle."""
    return [
        word
        for key in ("running-head", "subtitle")
        if notice
        for word in ("--metadata", f"{key}={notice}")
    ]


def staged(manuscript: Path, folder: Path, root: Path, variables: Path | None) -> Path:
    """The manuscript in a copy of its folder, with the figures beside it as in the trial."""
    copy = folder / "manuscript"
    shutil.copytree(manuscript.parent, copy, ignore=_results_of(manuscript))
    if variables is not None:
        shutil.copyfile(variables, copy / "_variables.yml")
    if (root / "figures").is_dir():
        shutil.copytree(root / "figures", folder / "figures")
    return copy / manuscript.name


def _results_of(manuscript: Path) -> Callable[[str, list[str]], set[str]]:
    """What a `quarto render` in the manuscript's own folder leaves there is not copied."""
    made = [f"{manuscript.stem}.{suffix}" for suffix in FORMATS]
    return shutil.ignore_patterns(".*", "*_files", "__pycache__", *made)


def environment(manuscript: Path, root: Path) -> dict[str, str]:
    """The present environment; the cells run with this Python and find this trial."""
    from tracedtrial.rendering.document import created
    from tracedtrial.rendering.source import source

    date = created(source(manuscript), os.environ.get("SOURCE_DATE_EPOCH"))
    path = os.pathsep.join(filter(None, [str(CODE), os.environ.get("PYTHONPATH")]))
    return os.environ | {
        "QUARTO_PYTHON": sys.executable,
        "PYTHONPATH": path,
        "TRIAL_ROOT": str(root.resolve()),
        "SOURCE_DATE_EPOCH": str(int(date.timestamp())),
    }


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    run = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if run.returncode:
        told = "\n".join(run.stdout.strip().splitlines()[-SHOWN:])
        raise Refusal(f"quarto render must succeed, but exited with {run.returncode}:\n{told}")


def collect(stage: Path, outputs: Mapping[str, Path]) -> None:
    """Put what Quarto made beside the staged manuscript in its places."""
    made = {format: stage.with_suffix(f".{format}") for format in outputs}
    missing = [path.name for path in made.values() if not path.is_file() or not path.stat().st_size]
    if missing:
        raise Refusal(
            f"quarto render must make {missing[0]}, but did not ({len(missing)} missing "
            f"in all; formats are those of _quarto.yml)"
        )
    with ExitStack() as stack:
        for format, path in outputs.items():
            shutil.copyfile(made[format], stack.enter_context(whole_file(path)))


@command
def main(words: list[str] | None = None) -> None:
    """Write the formats that are asked for."""
    from tracedtrial.inputs.data_lock import notice
    from tracedtrial.rendering.command import arguments

    given = arguments().parse_args(words)
    outputs = {name: path for name in FORMATS if (path := getattr(given, name))}
    render(
        given.manuscript,
        outputs,
        root=Path.cwd(),
        variables=given.variables,
        notice=notice(given.lock),
    )


if __name__ == "__main__":
    sys.exit(main())
