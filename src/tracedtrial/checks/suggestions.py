"""What to write instead of a typed numeral: variables that print the same and are spoken of.

A number that only happens to print the same is never proposed: its id or label must share a word
with the sentence.
"""

import re
from collections.abc import Mapping

from tracedtrial.checks.typed import SHORTCODE

WINDOW = 160  # characters to either side that speak for an id
MOST = 3
NOT_SPOKEN_OF = "no number that prints this is spoken of here; `audit numbers` finds it"
_DASHES = re.compile("[\u2010-\u2015\u2212]|--+")


class Suggestions:
    """Variables to write at places of a source.

    `known` gives each variable's id and text, `numbers` the ledger's rows by id.
    """

    def __init__(
        self, source: str, known: Mapping[str, tuple[str, str]], numbers: Mapping[str, Mapping]
    ) -> None:
        self.source = source
        self.labels = {id: _label(row) for id, row in numbers.items()}
        self.ids = {name: id for name, (id, _) in known.items()}
        self.texts = {name: _like(text) for name, (_, text) in known.items()}
        self.uses = [(found.start(), found[2]) for found in SHORTCODE.finditer(source)]

    def advice(self, start: int, end: int) -> str:
        """The sentence that follows `numeral ... is typed`."""
        names = self.names(start, end)
        if not names:
            token = _like(self.source[start:end])
            printed = any(token == text for text in self.texts.values())
            return NOT_SPOKEN_OF if printed else "the ledger prints no such text"
        written = [self._told(name) for name in names]
        return "write " + (", ".join(written[:-1]) + " or " if written[1:] else "") + written[-1]

    def names(self, start: int, end: int) -> list[str]:
        """At most three variables whose text stands over `start` to `end`, and are spoken of.

        The longest text comes first, then the id that shares most words with what is around, then
        the one used nearest.
        """
        token = _like(self.source[start:end])
        before = _like(self.source[max(0, start - 60) : start])
        after = _like(self.source[end : end + 60])
        fitting = [name for name, text in self.texts.items() if _fits(text, token, before, after)]
        around = set(_words(SHORTCODE.sub(" ", self.source[max(0, start - WINDOW) : end + WINDOW])))
        shared = {name: len(around & self._said(name)) for name in fitting}
        return sorted(
            (name for name in fitting if shared[name]),
            key=lambda name: (
                -len(self.texts[name]),
                -shared[name],
                self._distance(name, start),
                len(name),
                name,
            ),
        )[:MOST]

    def _said(self, name: str) -> set[str]:
        """The words of a variable's id and label that tell it from others."""
        return set(_words(f"{name} {self.labels.get(self.ids[name], '')}")) - COMMON

    def _told(self, name: str) -> str:
        """The variable as it is written, with its label if it has one."""
        label = self.labels.get(self.ids[name], "")
        return f"{{{{< var {name} >}}}}" + (f" ({label})" if label else "")

    def _distance(self, name: str, place: int) -> int:
        return min(
            (abs(at - place) for at, used in self.uses if used == name), default=len(self.source)
        )


def _label(row: Mapping) -> str:
    """What a number is, in the words of its declaration or its data; empty without any."""
    keys = row.get("keys", {})
    named = [str(keys[key]) for key in ("label", "category") if keys.get(key)]
    return ", ".join(dict.fromkeys(named))


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


COMMON = set(
    _words(
        "patient patients percent count median range month months level value total treated number "
        "group all evaluable population words noun counted bare confidence interval"
    )
)


def _like(text: str) -> str:
    """The text with plain dashes, single spaces, and no space before a percent sign."""
    return re.sub(r"\s+", " ", _DASHES.sub("-", text)).replace(" %", "%")
