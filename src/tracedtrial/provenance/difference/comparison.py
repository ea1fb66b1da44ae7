"""Two sides compared: numbers, what changed behind them, and the texts that print them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tracedtrial.paths import MANUSCRIPT, PROTOCOL
from tracedtrial.provenance.difference.causes import Causes, causes
from tracedtrial.provenance.difference.changes import CHANGED, KINDS, UNPRINTED, Change, changes
from tracedtrial.provenance.difference.contents import Contents, check_data
from tracedtrial.provenance.difference.displays import cell_changes, figure_passages
from tracedtrial.provenance.difference.passages import CellChange, Passage
from tracedtrial.provenance.difference.sentences import Manuscript, manuscript
from tracedtrial.provenance.difference.sides import Side
from tracedtrial.refusal import Refusal

WORDS = {
    CHANGED: "printed differently",
    "added": "added",
    "removed": "removed",
    UNPRINTED: "changed beyond the printed digits",
}


@dataclass(frozen=True)
class Comparison:
    """What differs between two sides; `notes` says what could not be compared, and why."""

    old: Side
    new: Side
    causes: Causes
    changes: tuple[Change, ...]
    sentences: tuple[Passage, ...]
    cells: tuple[CellChange, ...]
    figures: tuple[Passage, ...]
    notes: tuple[str, ...]

    def of(self, kind: str) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]

    @property
    def summary(self) -> str:
        """How many numbers differ, in what way."""
        counts = Counter(change.kind for change in self.changes)
        total = len({**self.old.numbers, **self.new.numbers})
        told = ", ".join(f"{counts[kind]} {WORDS[kind]}" for kind in KINDS if counts[kind])
        return f"Of {total} numbers: {told}." if told else f"All {total} numbers are the same."


def compared(old: Side, new: Side, trial: Path) -> Comparison:
    """Compare two ledgers of one trial.

    Raises
    ------
    Refusal
        The ledgers are of different trials, or a folder of raw tables is not the ledger's.
    """
    if old.ledger.get("trial") != new.ledger.get("trial"):
        raise Refusal(
            f"both ledgers must be of one trial, but {old.name} is of "
            f"{old.ledger.get('trial')} and {new.name} of {new.ledger.get('trial')}"
        )
    for side in (old, new):
        check_data(side)
    contents = Contents(trial, (new, old))
    behind = causes(old, new, contents)
    notes = list(_notes(old, new))
    texts = _manuscripts(old, new, trial)
    sentences = [passage for text in texts for passage in text.passages(old.numbers, new.numbers)]
    cells = _tried(
        notes,
        lambda: cell_changes(
            texts[0].displays, [(side, _protocol(side, contents)) for side in (old, new)]
        ),
    )
    figures = _tried(notes, lambda: figure_passages(texts[0].displays, trial, old, new))
    return Comparison(
        old,
        new,
        behind,
        tuple(changes(old.numbers, new.numbers, behind)),
        tuple(sentences),
        tuple(cells),
        tuple(figures),
        tuple(notes),
    )


def _notes(old: Side, new: Side) -> Iterator[str]:
    for side in (old, new):
        if "code" not in side.ledger:
            yield (
                f"{side.name} records no hashes of code files: of changed code, only the "
                "functions that numbers name are known"
            )
    held = [side.name for side in (old, new) if side.trial is None]
    if held:
        yield (
            f"sentences of {' and '.join(held)} are those of {MANUSCRIPT} as it stands, for a "
            "ledger holds numbers and no words"
        )


def _tried(notes: list[str], compare: Callable[[], list]) -> list:
    """What the comparison finds; where it cannot be made, nothing and a note that says why."""
    try:
        return compare()
    except Refusal as refusal:
        notes.append(f"not compared: {refusal}")
        return []


def _manuscripts(old: Side, new: Side, trial: Path) -> list[Manuscript]:
    """The new manuscript, and of the old one what prints numbers that the new one does not."""
    after = manuscript((new.trial or trial) / MANUSCRIPT)
    if (old.trial or trial) == (new.trial or trial):
        return [after]
    return [after, manuscript((old.trial or trial) / MANUSCRIPT).without(after.variables)]


def _protocol(side: Side, contents: Contents) -> dict:
    from tracedtrial.inputs.protocol import read_protocol

    held = contents.of(str(PROTOCOL), side.ledger["inputs"].get(str(PROTOCOL), ""))
    if held is None:
        raise Refusal(f"tables of {side.name}: the protocol that it names is not at hand")
    with TemporaryDirectory() as folder:
        (Path(folder) / PROTOCOL.name).write_bytes(held)
        return read_protocol(Path(folder) / PROTOCOL.name)
