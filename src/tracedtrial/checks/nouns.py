"""Nouns of the manuscript, `ID_noun`, that do not follow the number which they are of.

A noun is singular or plural by its number. Beside another number it may disagree, and where it
changes places with a number, the order of the numbers stays as it was.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracedtrial.checks.typed import SHORTCODE

SAID_BEFORE = ("", "_words", "_Words")  # `_counted` has the noun already
_SENTENCE_END = re.compile(r"[.!?][\"')\]*_]*\s|\n[ \t]*\n|\n(?:#|```|:::)")


@dataclass(frozen=True)
class Misplaced:
    """A noun: where it stands, its name, its number's id, and the variable before it, if any."""

    start: int
    name: str
    id: str
    before: str

    def __str__(self) -> str:
        found = f"'{self.before}' does" if self.before else "no variable of its sentence does"
        return f"'{self.id}' must stand next before '{self.name}', but {found}"


def misplaced_nouns(text: str, known: Mapping[str, tuple[str, str]]) -> Iterator[Misplaced]:
    """Every noun before which its number does not stand, next in the same sentence.

    Parameters
    ----------
    text : str
        The manuscript's source.
    known : Mapping
        Variable name -> (id, text), as `variables` gives it; other names are passed over.

    Examples
    --------
    >>> known = {name: (name[:3], "") for name in ("a.n", "b.n", "a.n_noun")}
    >>> source = "{{< var a.n >}} of {{< var b.n >}} evaluable {{< var a.n_noun >}}"
    >>> print(*misplaced_nouns(source, known))
    'a.n' must stand next before 'a.n_noun', but 'b.n' does
    """
    before, end = "", 0
    for found in SHORTCODE.finditer(text):
        kind, name = found.groups()
        if kind != "var":
            continue
        id = known.get(name, ("", ""))[0]
        if name == f"{id}_noun":
            same = before if not _SENTENCE_END.search(text, end, found.start()) else ""
            if same not in {id + form for form in SAID_BEFORE}:
                yield Misplaced(found.start(), name, id, same)
        before, end = name, found.end()
