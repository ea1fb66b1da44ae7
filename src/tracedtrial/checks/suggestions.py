"""What to write instead of a typed numeral: variables that print the same, nearest first."""

import re
from collections.abc import Mapping

from tracedtrial.checks.typed import SHORTCODE

WINDOW = 160  # characters to either side that speak for an id
MOST = 3
_DASHES = re.compile("[\u2010-\u2015\u2212]|--+")


class Suggestions:
    """Variables to write at places of a source; `known` gives each variable's id and text."""

    def __init__(self, source: str, known: Mapping[str, tuple[str, str]]) -> None:
        self.source = source
        self.texts = {name: _like(text) for name, (_, text) in known.items()}
        self.uses = [(found.start(), found[2]) for found in SHORTCODE.finditer(source)]

    def advice(self, start: int, end: int) -> str:
        """The sentence that follows `numeral ... is typed`."""
        names = self.names(start, end)
        if not names:
            return "the ledger prints no such text"
        written = [f"{{{{< var {name} >}}}}" for name in names]
        return "write " + (", ".join(written[:-1]) + " or " if written[1:] else "") + written[-1]

    def names(self, start: int, end: int) -> list[str]:
        """At most three variables whose text stands in the source over `start` to `end`.

        The longest text comes first, then the id that shares most words with what is around, then
        the one used nearest.
        """
        token = _like(self.source[start:end])
        before = _like(self.source[max(0, start - 60) : start])
        after = _like(self.source[end : end + 60])
        fitting = [name for name, text in self.texts.items() if _fits(text, token, before, after)]
        around = set(_words(SHORTCODE.sub(" ", self.source[max(0, start - WINDOW) : end + WINDOW])))
        return sorted(
            fitting,
            key=lambda name: (
                -len(self.texts[name]),
                -len(around.intersection(_words(name))),
                self._distance(name, start),
                len(name),
                name,
            ),
        )[:MOST]

    def _distance(self, name: str, place: int) -> int:
        return min(
            (abs(at - place) for at, used in self.uses if used == name), default=len(self.source)
        )


def _fits(text: str, token: str, before: str, after: str) -> bool:
    """Whether the text, laid over the token, agrees with what stands before and after it."""
    return any(
        before.endswith(text[:place]) and after.startswith(text[place + len(token) :])
        for place in _places(text, token)
    )


def _places(text: str, token: str) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(token), text)] if token in text else []


def _words(text: str) -> list[str]:
    """Words as they can be compared: five letters of each, three at least."""
    return [word[:5] for word in re.findall(r"[^\W\d_]{3,}", text.lower())]


def _like(text: str) -> str:
    """The text with plain dashes, single spaces, and no space before a percent sign."""
    return re.sub(r"\s+", " ", _DASHES.sub("-", text)).replace(" %", "%")
