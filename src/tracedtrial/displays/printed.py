"""A printed text that remembers which ledger numbers it prints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tracedtrial.paths import NUMBERS
from tracedtrial.refusal import refusal


class Part(NamedTuple):
    """The text of one ledger number, as it stands within a printed text."""

    id: str
    text: str


@dataclass(frozen=True)
class Printed:
    """A text, the ledger numbers in it from left to right, and where its words come from.

    Texts join by `+`, with each other and with plain strings:

    >>> whole = Printed("12", (Part("a.n", "12"),)) + " of " + Printed("25", (Part("b.n", "25"),))
    >>> str(whole), whole.ids
    ('12 of 25', ('a.n', 'b.n'))
    """

    text: str = ""
    parts: tuple[Part, ...] = ()
    origin: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(part.id for part in self.parts)

    def __add__(self, other: "Printed | str") -> "Printed":
        other = other if isinstance(other, Printed) else Printed(other)
        origins = dict.fromkeys(o for o in (self.origin, other.origin) if o)
        return Printed(self.text + other.text, self.parts + other.parts, ", ".join(origins))

    def __radd__(self, other: str) -> "Printed":
        return Printed(other) + self

    def __str__(self) -> str:
        return self.text

    def as_json(self) -> dict[str, Any]:
        """The text, and where there are any its ids, their texts and its origin."""
        entry: dict[str, Any] = {"text": self.text}
        if self.parts:
            entry |= {"ids": list(self.ids), "texts": [part.text for part in self.parts]}
        return entry | ({"origin": self.origin} if self.origin else {})


def joined(texts: list[Printed], separator: str) -> Printed:
    """The texts in a row, with the separator between them."""
    whole = Printed()
    for place, text in enumerate(texts):
        whole = whole + separator + text if place else whole + text
    return whole


def capitalised(text: Printed | str) -> Printed:
    """The text with its first letter large; where a number comes first nothing changes."""
    text = text if isinstance(text, Printed) else Printed(text)
    first = text.text[:1]
    if text.parts and text.text.startswith(text.parts[0].text):
        return text
    return Printed(first.upper() + text.text[1:], text.parts, text.origin)


@dataclass(frozen=True)
class Numbers:
    """The ledger as display sees it: ids to printed texts, for one named display item."""

    rows: Mapping[str, Mapping[str, Any]]
    item: str
    place: str = field(default=NUMBERS.as_posix())

    def __contains__(self, id: str) -> bool:
        return id in self.rows

    def __getitem__(self, id: str) -> Printed:
        """The text of ledger row `id`; `id:form` is one of its forms, as in `a.percent:bare`."""
        name, _, form = id.partition(":")
        row = self.row(name)
        if form and form not in row.get("forms", {}):
            raise refusal(f"{self.item}, {name}", "have the form it prints", form, self.place)
        text = row["forms"][form] if form else row["text"]
        return Printed(text, (Part(name, text),))

    def row(self, id: str) -> Mapping[str, Any]:
        """The whole ledger row of `id`; an id the ledger does not hold is refused."""
        if id not in self.rows:
            raise refusal(self.item, "print numbers that the ledger holds", id, self.place)
        return self.rows[id]

    def value(self, id: str) -> float:
        """The unrounded value, to order rows by; it is never printed."""
        return self.row(id)["value"]

    def patients(self, base: str) -> Printed:
        """Patients, n (%), of the two ledger rows `base.n` and `base.percent`."""
        return self[f"{base}.n"] + " (" + self[f"{base}.percent:bare"] + ")"


def read_numbers(path: Path, item: str) -> Numbers:
    """The ledger at `path`, to be printed by the display item of that name."""
    try:
        ledger = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise refusal(item, "find the ledger of a finished build", path.name, "build/") from None
    return Numbers(ledger["numbers"], item)
