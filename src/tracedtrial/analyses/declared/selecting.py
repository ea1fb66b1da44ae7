"""Which rows of an analysis dataset meet the clauses of a declaration."""

from collections.abc import Iterable

import numpy as np

from tracedtrial.analyses.declared.adam import EMERGENCE, Adam
from tracedtrial.analyses.declared.conditions import Clause


def chosen(data: Adam, clauses: Iterable[Clause]) -> np.ndarray:
    """The mask of the rows that meet every clause."""
    mask = np.ones(len(data.frame), bool)
    for clause in clauses:
        mask &= data.meets(clause)
    return mask


def nearly(data: Adam, clauses: Iterable[Clause]) -> np.ndarray:
    """As `chosen`, whatever the emergence of a row."""
    return chosen(data, (c for c in clauses if c.variable not in EMERGENCE))
