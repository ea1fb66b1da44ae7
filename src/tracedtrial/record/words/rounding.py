"""Rounding: once, half away from zero, on the shortest decimal that reads back as the value."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def rounded(value: float | Fraction, places: int) -> str:
    """`value` with `places` decimals, half away from zero as SAS rounds.

    A float is rounded as its shortest decimal text; a Fraction is rounded exactly.

    Examples
    --------
    >>> rounded(2.5, 0), rounded(0.25, 1), rounded(11.95, 1), rounded(-0.04, 1)
    ('3', '0.3', '12.0', '0.0')
    >>> rounded(Fraction(100 * 1, 8), 0)
    '13'
    """
    step = Decimal(1).scaleb(-places)
    if isinstance(value, Fraction):
        scaled = value * 10**places
        whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
        decimal = Decimal(whole).copy_sign(scaled.numerator) * step
    else:
        decimal = Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP)
    return f"{abs(decimal) if decimal.is_zero() else decimal:,.{places}f}"
