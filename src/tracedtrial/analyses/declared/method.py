"""A method that a declaration names: its statistics, their options, what it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tracedtrial.analyses.declared.asked import Asked, Made


@dataclass(frozen=True)
class Method:
    """A method of analysis.

    `statistics` holds, by the name of each, its options with their defaults; an option whose
    default is None must be given. `datasets` it may be asked of (all where empty); `needs` the
    variables that they must have. `asks` the keys of a declaration that it uses beside the
    common ones. `groups` are the least and the most groups that it compares: it is asked once
    for all of them; None where it is asked of each. `choices` are the values that an option may
    have, by the option's name.
    """

    name: str
    make: Callable[[Asked], Made]
    statistics: Mapping[str, Mapping[str, object]]
    reference: str = ""
    datasets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    groups: tuple[int, int] | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
