"""How each kind of value is printed, and which other forms of the same text exist.

A value that is not estimable prints NE. The display rules (decimals) are the protocol's.
"""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction

from tracedtrial.record.number import Number
from tracedtrial.record.words.rounding import rounded
from tracedtrial.record.words.spelling import spelled, spelled_fraction
from tracedtrial.refusal import refusal

NOT_ESTIMABLE = "NE"
RATIO_DECIMALS, P_DECIMALS = 2, 3
COUNTED = ("patients", "events", "visits", "cycles", "lines", "days")
MONTHS = (
    "January February March April May June July August September October November December"
).split()


def printed(number: Number, display: dict) -> str:
    """The text of a number.

    Parameters
    ----------
    number : Number
        A row of the results.
    display : dict
        The protocol's display section.

    Raises
    ------
    Refusal
        The number's kind has no printed form.

    Examples
    --------
    >>> weekly, course, start = (1, 8, 15, 22), (1, 2, 3, 4), (1, 2, 3)
    >>> [printed(Number("cycle", "days", days, "days"), {}) for days in (weekly, course, start)]
    ['1, 8, 15, and 22', '1 to 4', '1, 2, and 3']
    """
    if number.value is None:
        return NOT_ESTIMABLE
    if number.kind not in _PRINTERS:
        raise refusal("kind", f"be {', '.join(_PRINTERS)}", number.kind, number.id)
    return _PRINTERS[number.kind](number, {k: v["value"] for k, v in display.items()})


def forms(number: Number, text: str) -> dict[str, str]:
    """Other forms of the printed text: in words, a percentage without its sign, what is counted.

    A count has the noun of what it counts, and the text with it: `1 patient`, `2 patients`.
    """
    out = {}
    if number.kind in ("percent", "plain percent"):
        out["bare"] = text.removesuffix("%")
    words = None
    if number.kind in ("count", "of"):
        words = NOT_ESTIMABLE if number.value is None else spelled(number.value)
    elif number.kind == "fraction":
        words = spelled_fraction(*number.value)
    if words:
        out |= {"words": words, "Words": words[0].upper() + words[1:]}
    if number.kind in ("count", "number"):
        out |= _counted(text, number.unit or number.statistic)
    return out


def _counted(text: str, plural: str) -> dict[str, str]:
    """The noun beside the text, singular or plural, where it is one that is counted."""
    if plural not in COUNTED:
        return {}
    noun = plural.removesuffix("s") if text == "1" else plural
    return {"noun": noun, "counted": f"{text} {noun}"}


def listed(texts: Sequence[str], word: str = "and") -> str:
    """`a, b, and c`.

    Examples
    --------
    >>> listed(["3", "4"], "or"), listed(["a", "b", "c"]), listed([])
    ('3 or 4', 'a, b, and c', 'none')
    """
    if len(texts) < 3:
        return f" {word} ".join(texts) or "none"
    return f"{', '.join(texts[:-1])}, {word} {texts[-1]}"


def _percent(number: Number, display: dict) -> str:
    exact = number.statistic == "percentage" and number.denominator
    value = Fraction(100 * number.n, number.denominator) if exact else number.value
    return rounded(value, display["percent_decimals"]) + "%"


def _between(number: Number, places: int) -> str:
    low, high = (NOT_ESTIMABLE if end is None else rounded(end, places) for end in number.value)
    return NOT_ESTIMABLE if low == high == NOT_ESTIMABLE else f"{low}–{high}"


def _p_value(value: float) -> str:
    """To three decimals; `<0.001` below that."""
    return "<0.001" if value < 0.001 else rounded(value, P_DECIMALS)


def _plain(value: float) -> str:
    return f"{value:,.12g}"


def _quantity(value: float) -> str:
    return rounded(value, 0 if float(value).is_integer() else 1)


def _days(number: Number, display: dict) -> str:
    days = number.value
    if len(days) > 3 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{days[0]} to {days[-1]}"
    return listed([str(day) for day in days])


def _date(number: Number, display: dict) -> str:
    day = date.fromisoformat(number.value)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


_PRINTERS: dict[str, Callable[[Number, dict], str]] = {
    "count": lambda number, display: f"{number.value:,d}",
    "percent": _percent,
    "plain percent": lambda number, display: f"{_plain(number.value)}%",
    "percent interval": lambda number, display: _interval_percent(number, display),
    "percent range": lambda number, display: _between(number, display["percent_decimals"]) + "%",
    "months": lambda number, display: rounded(number.value, display["months_decimals"]),
    "months interval": lambda number, display: _between(number, display["months_decimals"]),
    "months range": lambda number, display: _between(number, display["months_decimals"]),
    "number": lambda number, display: _quantity(number.value),
    "number range": lambda number, display: "–".join(map(_quantity, number.value)),
    "ratio": lambda number, display: rounded(number.value, RATIO_DECIMALS),
    "ratio interval": lambda number, display: _between(number, RATIO_DECIMALS),
    "p value": lambda number, display: _p_value(number.value),
    "of": lambda number, display: f"{number.value}/{number.denominator}",
    "fraction": lambda number, display: "/".join(map(str, number.value)),
    "dose": lambda number, display: f"{_plain(number.value)} {number.unit}",
    "doses": lambda number, display: (
        f"{listed([_plain(dose) for dose in number.value], 'or')} {number.unit}"
    ),
    "days": _days,
    "date": _date,
    "text": lambda number, display: str(number.value),
    "tally": lambda number, display: listed([f"{name} in {n:,d}" for name, n in number.value]),
    "list": lambda number, display: listed(number.value),
    "names": lambda number, display: listed(number.value),
    "plain": lambda number, display: _plain(number.value),
}


def _interval_percent(number: Number, display: dict) -> str:
    text = _between(number, display["interval_decimals"])
    return text if text == NOT_ESTIMABLE else text + "%"
