"""Kinds of column: which texts a cell may hold, and the rule in words."""

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)
FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@dataclass(frozen=True)
class Kind:
    """One kind of column: `accepts` tells of a non-empty cell's text, `rule` says it in words."""

    kind: str
    rule: str
    accepts: Callable[[str], bool]
    codes: tuple[str, ...] = ()
    empty: bool = False

    @property
    def optional(self) -> "Kind":
        """The same kind, where an empty cell is a missing value."""
        return replace(self, empty=True, rule=f"{self.rule}, or empty")

    @cached_property
    def is_number(self) -> bool:
        return self.kind in ("number", "integer")

    def valid(self, text: str) -> bool:
        return self.empty if text == "" else self.accepts(text)


def is_date(text: str) -> bool:
    """Whether `text` is a day of the calendar, written YYYY-MM-DD.

    Examples
    --------
    >>> is_date("2001-02-28"), is_date("2001-13-02"), is_date("2001-02")
    (True, False, False)
    """
    try:
        return (
            FULL_DATE.fullmatch(text) is not None and datetime.date.fromisoformat(text).year >= 1900
        )
    except ValueError:
        return False


def is_partial_date(text: str) -> bool:
    """Whether `text` is YYYY, YYYY-MM or YYYY-MM-DD, possible in the calendar."""
    return bool(PARTIAL_DATE.fullmatch(text)) and is_date((text + "-01-01")[:10])


def code(values: Iterable[str]) -> Kind:
    codes = tuple(values)
    if not codes:
        return Kind("code", "be empty, as the protocol names no code", lambda text: False)
    words = ", ".join(codes[:-1]) + " or " + codes[-1] if len(codes) > 1 else codes[0]
    return Kind("code", f"be {words}", frozenset(codes).__contains__, codes)


def number(low: float, high: float, unit: str = "") -> Kind:
    rule = f"be a number from {low:g} to {high:g}{' ' + unit if unit else ''}"
    return Kind(
        "number", rule, lambda text: bool(NUMBER.fullmatch(text)) and low <= float(text) <= high
    )


def integer(low: int, high: int) -> Kind:
    return Kind(
        "integer",
        f"be a whole number from {low} to {high}",
        lambda text: (
            text.isascii() and text.isdigit() and len(text) <= 12 and low <= int(text) <= high
        ),
    )


DATE = Kind("date", "be a date (YYYY-MM-DD)", is_date)
PARTIAL = Kind("partial date", "be a date (YYYY-MM-DD, YYYY-MM or YYYY)", is_partial_date)
TEXT = Kind(
    "text",
    "be text of 1 to 200 printable characters",
    lambda text: len(text) <= 200 and text.isprintable() and text.strip() == text,
)
YES = code(["Y"])
YES_NO = code(["Y", "N"])
