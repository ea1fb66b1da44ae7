"""Methods that a declaration may name; each module here registers its own."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from tracedtrial.analyses.declared.method import Method


@cache
def registered() -> Mapping[str, Method]:
    """Every method by name, from all modules of this package."""
    found: dict[str, Method] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        own = importlib.import_module(f"{__name__}.{module}")
        found |= {held.name: held for held in vars(own).values() if isinstance(held, Method)}
    return found
