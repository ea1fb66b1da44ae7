"""One numeral altered: a digit for another, a number word for another."""

import random
import re

WORDS = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "twice",
)
NUMERAL = re.compile(rf"\d+|(?<![\w-])(?:{'|'.join(WORDS)})(?![\w-])", re.IGNORECASE)


def altered(numeral: str, seed: random.Random) -> str:
    """Another numeral of the same form.

    Examples
    --------
    >>> altered("48", random.Random(1)), altered("Three", random.Random(1))
    ('18', 'Seven')
    """
    if numeral[0].isdigit():
        place = seed.randrange(len(numeral))
        digit = seed.choice([each for each in "0123456789" if each != numeral[place]])
        return numeral[:place] + digit + numeral[place + 1 :]
    word = seed.choice([each for each in WORDS if each != numeral.lower()])
    return word.capitalize() if numeral[0].isupper() else word


def numerals_within(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Where the numerals of a stretch of text stand; character references hold none."""
    blank = re.sub(r"&#?\w+;", lambda found: "\0" * len(found[0]), text[start:end])
    return [(start + found.start(), start + found.end()) for found in NUMERAL.finditer(blank)]
