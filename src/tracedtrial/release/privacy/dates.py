"""Full dates in a text, in the forms in which people and programs print them, as ISO dates."""

import re
from collections.abc import Iterator

MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_WORD = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|\d{2})(?!\d)"
NUMERIC = re.compile(r"(?<![\w])(\d{4})([-/.:\s])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)
COMPACT = re.compile(
    r"(?<!\d)(?<![a-f]\d)(\d{4})(\d{2})(\d{2})(?:T?\d{4}(?:\d\d)?Z?)?(?![\da-f])", re.ASCII
)
SLASHED = re.compile(r"(?<![\d.])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d])", re.ASCII)
WORDED = (
    re.compile(
        rf"(?<!\d){_DAY}[\s.,-]{{0,3}}(?:of\s)?{_WORD}[\s,.-]{{0,3}}{_YEAR}", re.I | re.ASCII
    ),
    re.compile(rf"(?<![a-z]){_WORD}[\s.-]{{0,3}}{_DAY}[\s,]{{1,3}}{_YEAR}", re.I | re.ASCII),
    re.compile(
        rf"(?<!\d)(?P<year>\d{{4}})[\s.-]{{0,3}}{_WORD}[\s.-]{{0,3}}{_DAY}(?!\d)", re.I | re.ASCII
    ),
)


def dates(text: str) -> Iterator[tuple[int, str]]:
    """Each full date and where it begins; a form that can be read in two ways gives both.

    Examples
    --------
    >>> [day for _, day in dates("17JUN2001, June 17, 2001, 06/17/2001, 2001:06:17")]
    ['2001-06-17', '2001-06-17', '2001-06-17', '2001-06-17']
    """
    for pattern in WORDED:
        for found in pattern.finditer(text):
            month = MONTHS[found["month"][:3].lower()]
            yield found.start(), _iso(found["year"], month, int(found["day"]))
    for found in SLASHED.finditer(text):
        one, other, year = int(found[1]), int(found[3]), found[4]
        yield from (
            (found.start(), _iso(year, month, day))
            for month, day in {(one, other), (other, one)}
            if month <= 12
        )
    for found in NUMERIC.finditer(text):
        yield found.start(), _iso(found[1], int(found[3]), int(found[4]))
    for found in COMPACT.finditer(text):
        yield found.start(), _iso(*found.group(1, 2, 3))


def _iso(year: str, month: int | str, day: int | str) -> str:
    century = "" if len(year) == 4 else "19" if int(year) > 68 else "20"  # POSIX, strptime's %y
    return f"{century}{year}-{int(month):02}-{int(day):02}"
