"""What the functions of this package accept as arguments, and how they refuse the rest."""

from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike


def count(value: int, name: str) -> int:
    """`value` as an int, if it is a whole number not less than 0; a float or bool is none."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise ValueError(f"{name} must be an integer, but got {value!r}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, but got {int(value)}")
    return int(value)


def fraction(value: float, name: str) -> float:
    """`value` as a float, if it lies strictly between 0 and 1."""
    if not isinstance(value, Real) or not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, but got {_shown(value)}")
    return float(value)


def choice(value: str, options: tuple[str, ...], *, name: str) -> str:
    """`value`, if it is one of `options`."""
    if value not in options:
        listed = ", ".join(map(repr, options))
        raise ValueError(f"{name} must be one of {listed}, but got {value!r}")
    return value


def numbers(values: ArrayLike, name: str) -> np.ndarray:
    """`values` as an array of floats, if they are numbers; text and dates are none."""
    array = np.asarray(values)
    if array.dtype.kind == "O":
        array = _numbers_of_objects(array, name)
    if array.dtype.kind not in "biuf":
        first = array.flat[0] if array.size else array
        raise ValueError(f"{name} must hold numbers, but got {_shown(first)}")
    return array.astype(float, copy=False)


def finite_times(values: ArrayLike, name: str) -> np.ndarray:
    """`values` as an array of floats, if they are finite numbers not less than 0."""
    array = numbers(values, name)
    outside = ~((array >= 0) & (array < np.inf))
    refuse(values, outside, name=name, rule="be finite and not negative")
    return array


def subjects(time: ArrayLike, event: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Follow-up times and event indicators, one of each for every subject."""
    clock, happened = numbers(time, "time"), numbers(event, "event")
    if clock.ndim != 1:
        raise ValueError(f"time must be one-dimensional, but got the shape {clock.shape}")
    if clock.size == 0:
        raise ValueError("time must hold at least one subject, but got 0")
    if happened.shape != clock.shape:
        shapes = f"the shape of time, {clock.shape}, but got {happened.shape}"
        raise ValueError(f"event must have {shapes}")
    is_event = happened == 1
    refuse(event, ~(is_event | (happened == 0)), name="event", rule="be 0 or 1")
    return finite_times(time, "time"), is_event


def groups(group: ArrayLike, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The distinct groups, sorted, and the place of each of `size` subjects' among them."""
    import pandas as pd

    if np.shape(group) != (size,):
        raise ValueError(f"group must have {size} values, but got {np.size(group)}")
    named = np.asarray(group, dtype=object)
    refuse(named, pd.isna(named), name="group", rule="not be missing")
    distinct, place = np.unique(np.asarray(group), return_inverse=True)
    return distinct, place


def refuse(values: ArrayLike, outside: np.ndarray, *, name: str, rule: str) -> None:
    """Refuse `values` if any is `outside` the rule: the first, its index, and how many."""
    if not outside.any():
        return
    offenders = np.argwhere(outside)
    first = tuple(offenders[0].tolist())
    notes = [f"index {', '.join(map(str, first))}"] if first else []
    if len(offenders) > 1:
        notes.append(f"{len(offenders)} in all")
    place = f" ({'; '.join(notes)})" if notes else ""
    raise ValueError(f"{name} must {rule}, but got {_shown(np.asarray(values)[first])}{place}")


def _numbers_of_objects(array: np.ndarray, name: str) -> np.ndarray:
    """Objects become floats one by one, so that pandas.NA and Decimal say who they are."""
    for position, value in enumerate(array.flat):
        if not isinstance(value, Real):
            raise ValueError(
                f"{name} must hold numbers, but got {_shown(value)} (index {position})"
            )
    return array.astype(float)


def _shown(value: object) -> str:
    """A value as Python writes it, without the name of its numpy type."""
    return repr(value.item() if isinstance(value, np.generic) else value)
