"""Where the ledger and engine two do not agree."""

from collections.abc import Iterator, Mapping, Sequence
from math import isclose
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracedtrial.checks.second_engine.running import Second

CLOSE = 1e-9  # of a bound found by halving; counts are compared as they are


def declared_differences(
    ledger: Mapping[str, Mapping], second: Mapping[str, "Second"], methods: Mapping[str, bool]
) -> Iterator[str]:
    """A line for each number of a declared analysis that the engines do not give alike.

    `methods` tells by analysis id whether engine two has its method; of the others nothing is
    asked here.
    """
    first = {
        id: row
        for id, row in ledger.items()
        if row["source"] == "data" and methods.get(row["keys"].get("analysis", ""), False)
    }
    for id in sorted(first.keys() | second.keys()):
        if id not in second:
            yield f"{id}: engine two does not give it"
        elif id not in first:
            yield f"{id}: engine two alone gives it"
        else:
            yield from _differences(id, first[id], second[id])


def _differences(id: str, row: Mapping, second: "Second") -> Iterator[str]:
    value = second.value if second.bounds is None else list(second.bounds)
    given = {"n": second.n, "denominator": second.denominator, "value": value}
    for what, there in given.items():
        if not _alike(row[what], there):
            yield f"{id}: {what} is {row[what]} in the ledger, {there} by engine two"


def _alike(here: object, there: object) -> bool:
    if isinstance(there, Sequence):
        if here is None:
            return all(bound is None for bound in there)
        return isinstance(here, Sequence) and all(map(_alike, here, there))
    if isinstance(here, int | float) and isinstance(there, int | float):
        return isclose(here, there, rel_tol=CLOSE, abs_tol=CLOSE)
    return here is None and there is None
