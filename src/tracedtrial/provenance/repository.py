"""What git holds of a folder: its commit, what was changed since, earlier contents of a file."""

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path


def said(folder: Path, *words: str) -> bytes | None:
    """What git answers in `folder`; None without git, without a repository, or at an error."""
    try:
        run = subprocess.run(["git", "-C", str(folder), *words], capture_output=True)
    except OSError:
        return None
    return run.stdout if run.returncode == 0 else None


def top(folder: Path) -> Path | None:
    """The root of the repository that `folder` belongs to; None where there is none."""
    found = said(folder, "rev-parse", "--show-toplevel")
    return Path(found.decode().rstrip("\n")) if found else None


def commit(folder: Path, revision: str = "HEAD") -> str | None:
    """The commit that a revision names; None where it names none."""
    found = said(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    return found.decode().strip() if found else None


def changed_files(folder: Path) -> list[str] | None:
    """Files of the work tree that are not as committed, ignored ones apart; None without git."""
    names: list[str] = []
    for words in (
        ("diff", "--name-only", "-z", "HEAD"),
        ("ls-files", "--others", "--exclude-standard", "--full-name", "-z"),
    ):
        found = said(top(folder) or folder, *words)
        if found is None:
            return None
        names += filter(None, found.decode(errors="replace").split("\0"))
    return sorted(set(names))


def export(root: Path, revision: str, folder: Path) -> None:
    """Write the whole tree of a revision into `folder`."""
    packed = said(root, "archive", "--format=tar", revision)
    with tarfile.open(fileobj=io.BytesIO(packed or b"")) as tree:
        tree.extraction_filter = getattr(tarfile, "data_filter", None)  # from Python 3.11.4 on
        tree.extractall(folder)


def earlier(folder: Path, name: str, sha256: str) -> bytes | None:
    """The content with this SHA-256 that the file had in some commit, of any branch."""
    return next(
        (
            content
            for blob in _blobs(folder, name)
            if (content := said(folder, "cat-file", "blob", blob)) is not None
            and hashlib.sha256(content).hexdigest() == sha256
        ),
        None,
    )


def _blobs(folder: Path, name: str) -> Iterator[str]:
    """Names of the file's contents in git, the newest first, each once."""
    log = (
        said(
            folder,
            "log",
            "--all",
            "HEAD",
            "-m",
            "--format=",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--",
            name,
        )
        or b""
    )
    lines = (line.split() for line in log.decode(errors="replace").splitlines())
    yield from dict.fromkeys(words[3] for words in lines if len(words) > 4 and words[3].strip("0"))
