"""Small whole numbers and simple fractions in English words."""

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
PARTS = {
    2: ("half", "halves"),
    3: ("third", "thirds"),
    4: ("quarter", "quarters"),
    5: ("fifth", "fifths"),
    10: ("tenth", "tenths"),
}


def spelled(number: int) -> str | None:
    """The number in words, to ninety-nine; None beyond.

    Examples
    --------
    >>> spelled(3), spelled(32), spelled(100)
    ('three', 'thirty-two', None)
    """
    if not 0 <= number <= 99:
        return None
    if number < 20:
        return UNITS[number]
    tens, units = divmod(number, 10)
    return TENS[tens] + (f"-{UNITS[units]}" if units else "")


def spelled_fraction(numerator: int, denominator: int) -> str | None:
    """A simple fraction in words.

    Examples
    --------
    >>> spelled_fraction(2, 3)
    'two thirds'
    """
    count = spelled(numerator)
    if count is None or denominator not in PARTS:
        return None
    return f"{count} {PARTS[denominator][numerator != 1]}"
