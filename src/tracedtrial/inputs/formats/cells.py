"""Typed cells as the texts that a CSV file would hold."""

import datetime
from decimal import Decimal


def number_text(value: int | float | Decimal) -> str:
    """The shortest decimal text that reads back as this number; empty for one that is missing.

    Examples
    --------
    >>> [number_text(value) for value in (3.0, 3.58, 1e-05, 12, Decimal("2.50"), float("nan"))]
    ['3', '3.58', '0.00001', '12', '2.5', '']
    """
    if value != value:
        return ""
    text = str(value) if isinstance(value, int) else f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_text(value: datetime.date) -> str:
    """The day as YYYY-MM-DD; a point in time as such, but midnight as its day.

    Examples
    --------
    >>> day_text(datetime.date(1998, 6, 29)), day_text(datetime.datetime(1998, 6, 29, 8, 30))
    ('1998-06-29', '1998-06-29T08:30:00')
    """
    text = value.isoformat()
    return text.removesuffix("T00:00:00")
