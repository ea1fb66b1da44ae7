"""What a numeral is, in any form; where it stands and whether it may is for other modules.

Digits of every script, number words and ordinals, and Roman numerals after the words that take
them. Marks that no reader sees (soft hyphens, zero-width characters, accents) hide nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

UNITS = "two three four five six seven eight nine".split()
TEENS = ("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = (
    "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
MULTIPLES = "hundred thousand million billion dozen".split()
MEASURES = (
    "% percent per-cent milligrams? mg g kg µg μg ml l dl mm cm m seconds minutes? hours? "
    "days? weeks? months? years? cycles? doses? tablets? capsules? times?"
).split()
COUNTED = (
    "patients? subjects? participants? persons? people women men woman man events? deaths? "
    "cases? responses? responders? visits? cohorts?"
).split()

_DASH = "[-\u2010-\u2015\u2212]"
_NOT_AFTER_LETTER = r"(?<![^\W\d_])"
_NOT_BEFORE_LETTER = r"(?![^\W\d_])"
_NUMBER = r"\d+(?:[.,:/\u2044·]\d+)*(?:\s?[%‰])?"
_DIGITS = rf"{_NUMBER}(?:{_DASH}{_NUMBER})*(?:(?:st|nd|rd|th)s?{_NOT_BEFORE_LETTER})?"

_ANY = "|".join
_TO_NINE = _ANY(["one", *UNITS])
_CARDINAL = rf"(?:{_ANY(TENS)})(?:(?:{_DASH}|\s)\s*(?:{_TO_NINE}))?|zero|{_ANY(UNITS + TEENS)}"
_TIETH = _ANY(ten[:-1] + "ieths?" for ten in TENS)
_DECADE = _ANY(ten[:-1] + "ies" for ten in TENS)
_ORDINAL = (
    rf"(?:(?:{_ANY(TENS)})(?:{_DASH}|\s)\s*)?(?:first|second|(?:{_ANY(ORDINALS)})s?)"
    rf"|{_TIETH}|(?:{_ANY(MULTIPLES)})ths?"
)
_PART = r"half|halves|quarters?|twice|thrice|tens"
_WORDS = (
    rf"{_NOT_AFTER_LETTER}(?:{_ORDINAL}|(?:{_CARDINAL})(?:{_DASH}?fold)?|{_DECADE}|{_PART}"
    rf"|(?:{_ANY(MULTIPLES)})s?){_NOT_BEFORE_LETTER}"
)

_TAKES_ROMAN = r"(?:phases?|stages?|grades?|types?|levels?|class(?:es)?)"
_ROMAN = r"(?:xx|x?(?:ix|iv|v?i{1,3}|v)|x)[a-c]?(?![^\W_])"
_JOINED = rf"(?:\s*(?:[/,+]|{_DASH})\s*|\s+(?:or|and|to)\s+)"
_ROMANS = rf"{_NOT_AFTER_LETTER}{_TAKES_ROMAN}[\s\-(:]+({_ROMAN}(?:{_JOINED}{_ROMAN})*)"

_AFTER_ONE = _ANY(["of", *MEASURES, *COUNTED, *MULTIPLES, "half", "quarter", *ORDINALS])
_ONE = (
    rf"{_NOT_AFTER_LETTER}one(?=(?:\s|{_DASH})*(?:%|(?:{_AFTER_ONE}){_NOT_BEFORE_LETTER})"
    rf"|\s*\(?\d|{_DASH}?fold)"
)
_NAMED_ONE = rf"{_NOT_AFTER_LETTER}{_TAKES_ROMAN}[\s\-(:]+(one){_NOT_BEFORE_LETTER}"

_PATTERNS = [re.compile(pattern) for pattern in (_DIGITS, _WORDS, _ROMANS, _ONE, _NAMED_ONE)]


@dataclass(frozen=True, order=True)
class Numeral:
    """A numeral: `text[start:end]` as it is written, and its plain form in ASCII lower case."""

    start: int
    end: int
    text: str
    plain: str


def numerals(text: str) -> list[Numeral]:
    """The numerals of `text` in order, none within another.

    Examples
    --------
    >>> [found.text for found in numerals("In 12 of 25 (48%), twice; someone often weighed it.")]
    ['12', '25', '48%', 'twice']
    >>> [found.text for found in numerals("phase I/II: one patient, the 21st, half of level II")]
    ['I/II', 'one', '21st', 'half', 'II']
    >>> [found.plain for found in numerals("4\u00ad8 %, ³, ½ and ３２")]
    ['48 %', '3', '1/2', '32']
    """
    plain, places = _plain(text)
    return [
        Numeral(
            places[start],
            places[end - 1] + 1,
            text[places[start] : places[end - 1] + 1],
            plain[start:end],
        )
        for start, end in _merged(_spans(plain))
    ]


def without_numerals(text: str) -> str:
    """The text with a space in the place of each numeral.

    Examples
    --------
    >>> without_numerals("three patients"), without_numerals("t(4;14)")
    ('  patients', 't( ; )')
    """
    out, last = "", 0
    for found in numerals(text):
        out += text[last : found.start] + " "
        last = found.end
    return out + text[last:]


def _spans(plain: str) -> Iterator[tuple[int, int]]:
    for pattern in _PATTERNS:
        for found in pattern.finditer(plain):
            yield found.span(pattern.groups)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text as a reader sees it, in lower case with plain digits, and each character's place."""
    if text.isascii():
        return text.lower(), range(len(text))
    plain: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for seen in _seen(character):
            plain.append(seen)
            places.append(place)
    return "".join(plain), places


@lru_cache(maxsize=4096)
def _seen(character: str) -> str:
    if character.isascii():
        return character.lower()
    value = unicodedata.numeric(character, None)
    if value is not None:
        return str(Fraction(value).limit_denominator(1000))
    folded = unicodedata.normalize("NFKD", character).lower()
    return "".join(mark for mark in folded if unicodedata.category(mark) not in ("Cf", "Mn", "Me"))
