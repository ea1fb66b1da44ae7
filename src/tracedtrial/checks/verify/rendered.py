"""What a reader of a rendered file finds: parts of text in reading order, each with its place.

A claim is what the file's structure says of a stretch of text: that it is linked to the
provenance entry of a number, or that it is a page number, a citation mark, a heading's number.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NUMBER = "number"  # linked to a provenance entry; the key is the entry's id
LINK = "link"  # to a place that claims nothing of its text
CELL_END = "\x1f"  # between the cells of a table, where the format knows them
DISPLAY = "display reference"  # to a table or a figure, where the link does not say which


@dataclass(frozen=True)
class Claim:
    """`text[start:end]` of a part is of that kind; the key is its id, or what must stand there."""

    start: int
    end: int
    kind: str
    key: str


@dataclass(frozen=True)
class Part:
    """A stretch of text in one structural role.

    Roles are `prose`, `heading`, `caption` (where the table follows in the same stream), `table`
    (with its notes), `entry` (of the provenance), `tip` (shown at a number under the pointer),
    `copy` (an attribute that repeats what is printed) and `reference`. The key is what a display is
    called, as `Table 1`, the id of an entry or tip, the text that a copy repeats, or the
    reference's number. `places` holds, in order, where in the text a place begins and its name.
    """

    role: str
    text: str
    places: Sequence[tuple[int, str]]
    claims: tuple[Claim, ...] = ()
    key: str = ""

    def cut(self, start: int, end: int) -> "Part":
        """The part from `start` to `end`, with the claims that lie there."""
        places = [
            (0, self.place(start)),
            *((at - start, place) for at, place in self.places if start < at < end),
        ]
        claims = tuple(
            Claim(claim.start - start, claim.end - start, claim.kind, claim.key)
            for claim in self.claims
            if start <= claim.start < end
        )
        return Part("prose", self.text[start:end], places, claims)

    def place(self, offset: int) -> str:
        """Where in the file the character at `offset` stands."""
        starts = [start for start, _ in self.places]
        return self.places[max(bisect_right(starts, offset) - 1, 0)][1]


@dataclass(frozen=True)
class Rendered:
    """A rendered file as read: its parts, the SHA-256 of the ledger that it carries, if
    any, its pictures.

    `pictures` gives for each figure what tells whether its picture is the one at a path, which is
    given without its extension.
    """

    parts: list[Part]
    ledger: str | None = None
    pictures: Mapping[str, Callable[[Path], bool]] = field(default_factory=dict)
