"""What the anchors of a rendered file stand for, and parts of text built piece by piece."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.rendered import LINK, NUMBER, Claim, Part


def anchor(id: str) -> str:
    """The anchor of a number's provenance entry."""
    return "n-" + id.replace(".", "-").replace("_", "-")


def heading_numbers(levels: Iterable[int]) -> Iterator[str]:
    """The number of each numbered heading from its level, counted from 0.

    Examples
    --------
    >>> list(heading_numbers([0, 0, 1, 1, 0]))
    ['1', '2', '2.1', '2.2', '3']
    """
    counts: list[int] = []
    for level in levels:
        counts = [*counts[: level + 1], *[0] * (level + 1 - len(counts))]
        counts[level] += 1
        yield ".".join(map(str, counts))


class Targets:
    """Anchors of a file: provenance entries, references in their order, displays, headings."""

    def __init__(self, built: Built, anchors: Sequence[str], headings: Mapping[str, str]) -> None:
        known = {anchor(id): id for id in built.numbers}
        self.entries = {name: known[name] for name in anchors if name in known}
        references = [name for name in anchors if name.startswith("ref-")]
        self.references = {name: str(place) for place, name in enumerate(references, 1)}
        self.displays = {label: called for label, (called, _) in built.displays.items()}
        self.headings = headings

    def claim(self, name: str) -> tuple[str, str]:
        """What a link to an anchor claims of its text."""
        if name.startswith("n-"):
            return NUMBER, self.entries.get(name, "")
        if name in self.references:
            return "citation", self.references[name]
        if name in self.displays:
            return "cross-reference", self.displays[name]
        if self.headings.get(name):
            return "cross-reference", f"Section {self.headings[name]}"
        return LINK, ""


class Builder:
    """Parts of a file in the making: text is added to the part at hand until it is flushed."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.text = ""
        self.claims: list[Claim] = []
        self.places: list[tuple[int, str]] = []

    def add(self, text: str | None, place: str) -> None:
        """Add text that stands at a place."""
        if text:
            self.places.append((len(self.text), place))
            self.text += text

    @contextmanager
    def claiming(self, kind: str, key: str) -> Iterator[None]:
        """Claim what is added within."""
        start = len(self.text)
        yield
        self.claim(start, kind, key)

    def claim(self, start: int, kind: str, key: str) -> None:
        """Claim the text from `start` on, without the spaces around it; there may be none."""
        added = self.text[start:]
        first = start + len(added) - len(added.lstrip()) if added.strip() else start
        self.claims.append(Claim(first, first + len(added.strip()), kind, key))

    def flush(self, role: str = "prose", key: str = "") -> None:
        """End the part at hand."""
        if self.text.strip():
            self.parts.append(Part(role, self.text, self.places, tuple(self.claims), key))
        self.text, self.claims, self.places = "", [], []

    def aside(self, role: str, text: str | None, place: str, key: str = "") -> None:
        """A text beside the flow, such as an attribute."""
        if text:
            self.parts.append(Part(role, text, [(0, place)], (), key))
