"""One unrounded statistic with what it rests on: a row of the results."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracedtrial.refusal import refusal

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Number:
    """A statistic, before any rounding.

    `value` is unrounded: a number, a pair of bounds, a text, or None where the statistic is not
    estimable. `kind` tells `words` how such a value is printed. `records` maps a role to record
    numbers: `supports` carry a patient into the numerator, event or value, `against` keep one
    out or end the matter, `population` put one into the denominator, `decision` decided
    the dose level, or that there is such a row. `functions` are those that computed it, outermost
    first.
    """

    id: str
    kind: str
    value: object
    statistic: str
    unit: str = ""
    population: str = ""
    n: int | None = None
    denominator: int | None = None
    method: str = ""
    reference: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    source: str = "data"
    section: str = ""
    functions: tuple[Callable, ...] = ()
    records: Mapping[str, "np.ndarray"] = field(default_factory=dict)


def slug(text: object) -> str:
    """`text` as one part of an id: lower case letters, digits and underscores.

    Examples
    --------
    >>> slug("Blood and lymphatic system disorders"), slug("NOT DONE")
    ('blood_and_lymphatic_system_disorders', 'not_done')
    """
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in str(text).lower())
    return "_".join(kept.split()) or "empty"


def refuse_prefixes(ids: Collection[str]) -> None:
    """Refuse ids of which one is a prefix of another, as variables nest by the dots."""
    for id in ids:
        parts = id.split(".")
        for length in range(1, len(parts)):
            if (prefix := ".".join(parts[:length])) in ids:
                raise refusal("id", "be no prefix of another", prefix, id)
