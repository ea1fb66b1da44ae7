"""A side of a comparison: a ledger file, a PDF that carries one, or a git revision."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tracedtrial.paths import PROTOCOL
from tracedtrial.provenance.attached import attached_ledger, whole_ledger
from tracedtrial.provenance.difference.deriving import derived_ledger
from tracedtrial.provenance.repository import commit, export, said, top
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal

DIGITS = 12


@dataclass(frozen=True)
class Side:
    """A ledger, what the reader calls it, and where the files that it names may lie.

    `trial` and `code` are the exported folders of a revision; None for a ledger file.
    """

    name: str
    ledger: dict
    trial: Path | None = None
    code: Path | None = None
    data: Path | None = None

    @property
    def numbers(self) -> dict[str, dict]:
        return self.ledger["numbers"]

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of every input and every file of code that the ledger names."""
        return {**self.ledger.get("inputs", {}), **self.ledger.get("code", {})}


@contextmanager
def side(word: str, trial: Path, data: Path | None = None) -> Iterator[Side]:
    """The side that a word of the command line names; a revision's files live in the block.

    Raises
    ------
    Refusal
        The word is neither a file nor a revision, or the revision gives no ledger.
    """
    path = Path(word)
    if path.suffix.lower() == ".pdf":
        yield Side(word, attached_ledger(path), data=data)
    elif path.is_file():
        yield Side(word, whole_ledger(read_ledger(path), word), data=data)
    else:
        with TemporaryDirectory(prefix="revision-") as name:
            yield _revision(word, trial, Path(name), data)


def _revision(word: str, trial: Path, folder: Path, data: Path | None) -> Side:
    root = top(trial)
    if root is None:
        raise Refusal(f"'{word}' must be a ledger file, for there is no git repository here")
    found = commit(trial, word)
    if found is None:
        raise Refusal(f"'{word}' must be a ledger file or a git revision, but is neither")
    export(root, found, folder)
    inner = folder / (said(trial, "rev-parse", "--show-prefix") or b"").decode().strip()
    if not (inner / PROTOCOL).is_file():
        raise Refusal(f"revision '{word}' must hold the trial, but has no analysis/protocol.yaml")
    ledger = derived_ledger(inner, folder / "src", f"revision '{word}'")
    return Side(f"{word} ({found[:DIGITS]})", ledger, inner, folder / "src", data)
