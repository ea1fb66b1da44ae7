"""Texts laid over a text in their order: which of them stand there, and where another stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

REACH = 400  # characters within which the next text must follow one that differs
AHEAD = 8  # texts that may be missing in a row
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]")
SAME = str.maketrans("\u2018\u2019\u201c\u201d\u2010\u2011", "''\"\"--")


def compact(text: str) -> str:
    """The text without spaces and soft hyphens, its quotation marks straight."""
    return _UNSEEN.sub("", text).translate(SAME)


def found_in(text: str, wanted: str, start: int = 0) -> tuple[int, int] | None:
    """Where one text stands in another from `start` on, spaces left aside.

    Examples
    --------
    >>> found_in("a (b  c) d", "(b c)")
    (2, 8)
    """
    pattern = r"\s*".join(map(re.escape, compact(wanted)))
    found = re.compile(pattern).search(text.translate(SAME), start) if pattern else None
    return found.span() if found else None


@dataclass(frozen=True)
class Stand:
    """Where a text of a sequence stands: `text[start:end]`; not `equal` if another is there."""

    start: int
    end: int
    equal: bool


def stands(text: str, pieces: Sequence[str], start: int = 0) -> list[Stand]:
    """Where each piece stands in `text` from `start` on, spaces left aside.

    A piece that is not there takes what lies between its neighbours.
    """
    places = [place for place in range(start, len(text)) if not _UNSEEN.match(text[place])]
    shown = compact(text[start:])
    wanted = [compact(piece) for piece in pieces]
    spans: list[tuple[int, int, bool]] = []
    at = 0
    for index, piece in enumerate(wanted):
        if shown.startswith(piece, at):
            spans.append((at, at + len(piece), True))
        else:
            spans.append((at, _next(shown, at, wanted[index + 1 :]), False))
        at = spans[-1][1]
    return [
        Stand(
            places[first] if first < len(places) else len(text),
            places[last - 1] + 1
            if last > first
            else (places[first] if first < len(places) else len(text)),
            equal,
        )
        for first, last, equal in spans
    ]


def _next(shown: str, at: int, following: Sequence[str]) -> int:
    """Where the text after a differing one begins; `at` if nothing that follows is found."""
    following = [piece for piece in following if piece][:AHEAD]
    for index in range(len(following)):
        found = shown.find("".join(following[index : index + 3]), at, at + REACH)
        if found >= 0:
            return found
    return at if following else min(len(shown), at + REACH)
