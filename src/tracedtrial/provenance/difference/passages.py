"""Texts that print numbers, with what a side no longer prints and what the other prints instead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SAME, OLD, NEW = "same", "old", "new"


@dataclass(frozen=True)
class Piece:
    """A stretch of a text that both sides print, or the old one, or the new one."""

    kind: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A sentence, caption or annotation that prints numbers which differ, and where it stands."""

    place: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class CellChange:
    """A text of a table that differs: its row, its column, and both texts."""

    table: str
    row: str
    column: str
    old: str
    new: str


def replaced(old: str | None, new: str | None) -> tuple[Piece, ...]:
    """The pieces of one number: its text where both sides print the same, else old and new."""
    if old == new:
        return (Piece(SAME, new or ""),)
    pieces = ((OLD, old), (NEW, new))
    return tuple(Piece(kind, text) for kind, text in pieces if text)


def differs(pieces: Iterable[Piece]) -> bool:
    return any(piece.kind != SAME for piece in pieces)


def annotation(
    text: str,
    ids: Sequence[str],
    texts: Sequence[str],
    old: Mapping[str, dict],
    new: Mapping[str, dict],
) -> tuple[Piece, ...]:
    """A drawn text, each number in it as both ledgers print it.

    `texts` are the numbers' texts as they stand in `text`, from left to right.
    """
    pieces: list[Piece] = []
    at = 0
    for id, shown in zip(ids, texts, strict=True):
        start = text.index(shown, at)
        form = _form(shown, new.get(id)) or _form(shown, old.get(id)) or "text"
        pieces.append(Piece(SAME, text[at:start]))
        pieces += replaced(_text(old.get(id), form), _text(new.get(id), form))
        at = start + len(shown)
    return (*pieces, Piece(SAME, text[at:]))


def _form(shown: str, row: dict | None) -> str:
    texts = {"text": row["text"], **row["forms"]} if row else {}
    return next((form for form, text in texts.items() if text == shown), "")


def _text(row: dict | None, form: str) -> str | None:
    return None if row is None else row["text"] if form == "text" else row["forms"].get(form)
