"""Files that appear whole or not at all."""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tracedtrial.refusal import Refusal

LEFT = re.compile(r"\..+(\.\w+)\.[a-z0-9_]{8}\1")  # .NAME.SUFFIX.random.SUFFIX
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path that takes the name `path` when the block ends without an error.

    Raises
    ------
    Refusal
        The folder cannot be written to, or the disk is full; the old file stands.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        if error.errno in FULL or error.filename == str(temporary):
            raise _unwritten(path, error) from None
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix
        )
    except OSError as error:
        raise _unwritten(path, error) from None
    os.close(handle)
    return Path(name)


def _unwritten(path: Path, error: OSError) -> Refusal:
    return Refusal(f"{path} cannot be written: {os.strerror(error.errno)}")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 `text` with LF line ends, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_together(contents: Mapping[Path, str | bytes]) -> None:
    """Write several files, texts as UTF-8, all of them or none."""
    with ExitStack() as stack:
        for path, content in contents.items():
            written = content.encode() if isinstance(content, str) else content
            stack.enter_context(whole_file(path)).write_bytes(written)


def sweep(folder: Path) -> None:
    """Remove what is temporary and was left by killed processes in a folder nobody writes to."""
    for path in sorted(folder.rglob(".*")):
        if LEFT.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif LEFT.fullmatch(path.name) and path.is_file():
            path.unlink()


def sha256(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
