"""Declared terms: numerals that are names, such as a grant's number, and abuse of the list.

`manuscript/terms.yml` gives each term, as it is written, with the reason why it counts nothing.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from tracedtrial.checks.numerals import COUNTED, MEASURES, numerals, without_numerals
from tracedtrial.inputs.protocol.reading import StrictLoader
from tracedtrial.paths import TERMS
from tracedtrial.refusal import Refusal

BESIDE_NUMBERS = (
    "a about all and are as at by evaluable fewer for from had have in is least less "
    "more most n of on only or over per than the to total treated under was were "
    "with"
).split()
_UNIT = re.compile("|".join([*MEASURES, *COUNTED, *BESIDE_NUMBERS]), re.IGNORECASE)


@dataclass(frozen=True)
class Term:
    """A declared term, its reason, and the line and column where it is declared."""

    text: str
    reason: str
    line: int
    column: int


def read_terms(path: Path = TERMS) -> list[Term]:
    """The declared terms in their order; none where the file is absent.

    Raises
    ------
    Refusal
        The file is no YAML, or is not a list `terms` of entries with `term`.
    """
    if not path.exists():
        return []
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=StrictLoader)
        fields = {key.value: value for key, value in root.value} if root else {}
        listed = fields["terms"].value if fields else []
        return [_term(dict((key.value, value) for key, value in entry.value)) for entry in listed]
    except Refusal as error:
        raise Refusal(f"{path}: {error}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise Refusal(f"{path} must be YAML in UTF-8: {' '.join(str(error).split())}") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Refusal(
            f"{path} must be a list `terms` of entries with `term` and `reason`"
        ) from None


def term_spans(text: str, terms: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where declared terms stand in `text` as whole words: start, end, term.

    Examples
    --------
    >>> term_spans("phase II, not phase III", ["phase II"])
    [(0, 8, 'phase II')]
    """
    return [
        (*found.span(), term)
        for term in terms
        if term.split()[0] in text
        for found in _pattern(term).finditer(text)
    ]


def term_faults(
    terms: Sequence[Term], texts: Collection[str], used: Collection[str]
) -> Iterator[tuple[Term, str]]:
    """Each term that the list may not hold, and why.

    `texts` are the ledger's texts and forms; `used` the terms that stand in the manuscript.
    """
    printed = {_same(text) for text in texts}
    seen: set[str] = set()
    for term in terms:
        fault = _fault(term, printed, seen)
        seen.add(_same(term.text))
        if fault:
            yield term, fault
        elif term.text not in used:
            yield term, "accounts for no numeral of the manuscript"


def _fault(term: Term, printed: set[str], seen: set[str]) -> str | None:
    if not any(character.isalpha() for character in term.text):
        return "has no letter"
    if _same(term.text) in printed:
        return "is a text of the ledger"
    if _only_counts(term.text):
        return "is a number and what it counts, not a name"
    if _same(term.text) in seen:
        return "is declared twice"
    if not any(character.isalpha() for character in term.reason):
        return "has no reason"
    return None


def _only_counts(text: str) -> bool:
    """Whether nothing but numerals, units and words that go with counts is in the text."""
    words = re.findall(r"[^\W\d_]+|%", without_numerals(text))
    return bool(numerals(text)) and all(_UNIT.fullmatch(word) for word in words)


@lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern:
    words = r"[\s\u200b]+".join(map(re.escape, term.split()))
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])")


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()


def _term(fields: dict[str, yaml.Node]) -> Term:
    name, reason = fields["term"], fields.get("reason")
    if not all(node is None or isinstance(node, yaml.ScalarNode) for node in (name, reason)):
        raise TypeError
    return Term(
        str(name.value).strip(),
        str(reason.value).strip() if reason else "",
        name.start_mark.line + 1,
        name.start_mark.column + 1,
    )
