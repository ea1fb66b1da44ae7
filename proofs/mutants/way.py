"""The functions on the way of the numbers that are derived twice: abstract and adverse events.

A number's way is the section that issues it and those of its parents, the datasets that these
read, with the stages that make them, and every function of this package that any of these calls.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import is_dataclass
from types import CodeType, FunctionType

from tracedtrial.analyses import populations, trial
from tracedtrial.datasets.datasets import STAGES
from tracedtrial.record.number import Number
from tracedtrial.record.words import forms, printed

TOLERANCE = 1e-6
ROOMS = (
    "tracedtrial.datasets",
    "tracedtrial.analyses",
    "tracedtrial.statistics",
    "tracedtrial.record.words",
)


def ancestry(ids: Iterable[str], numbers: dict) -> set[str]:
    """The ids and their parents, and theirs."""
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        id = waiting.pop()
        if id in numbers and id not in found:
            found.add(id)
            waiting += numbers[id]["parents"]
    return found


def way(ids: Iterable[str], numbers: dict[str, Number]) -> list[FunctionType]:
    """Every function on the way of the numbers, each once, in order of module and line."""
    roots: list[Callable] = [printed, forms, trial.derived_trial, populations.populations]
    roots += [function for id in ids for function in numbers[id].functions]
    roots += [stage.make for stage in STAGES.values()]
    found: dict[tuple, FunctionType] = {}
    waiting = [inspect.unwrap(root) for root in roots]
    while waiting:
        function = waiting.pop()
        name = function.__module__, function.__qualname__
        inside = function.__module__.startswith(ROOMS) and _is_written(function)
        if name not in found and inside:
            found[name] = function
            waiting += _called(function)
    return sorted(found.values(), key=lambda f: (f.__module__, f.__code__.co_firstlineno))


def limits(functions: Iterable[FunctionType]) -> list[float]:
    """The numbers that the functions are written with: theirs and their modules' constants.

    What is smaller than a millionth is a tolerance, not a limit.
    """
    found: set[float] = set()
    for function in functions:
        stated = [const for const in function.__code__.co_consts]
        stated += [function.__globals__.get(name) for name in _names(function.__code__)]
        found.update(
            number
            for each in stated
            for number in (each if isinstance(each, tuple) else (each,))
            if type(number) in (int, float) and (not number or abs(number) > TOLERANCE)
        )
    return sorted(found)


def _called(function: FunctionType) -> Iterator[FunctionType]:
    for name in _names(function.__code__):
        yield from _functions(function.__globals__.get(name))


def _functions(value: object) -> Iterator[FunctionType]:
    """The functions that a global name stands for: itself, a class's methods, a mapping's."""
    if isinstance(value, FunctionType):
        yield inspect.unwrap(value)
    elif isinstance(value, type):
        for member in vars(value).values():
            member = getattr(member, "fget", getattr(member, "__func__", member))
            if isinstance(member, FunctionType) and member.__code__.co_filename != "<string>":
                yield member
    elif isinstance(value, dict) or is_dataclass(value):
        members = value if isinstance(value, dict) else vars(value)
        for member in members.values():
            if isinstance(member, FunctionType) or is_dataclass(member):
                yield from _functions(member)


def _names(code: CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return {*code.co_names, *(name for each in inner for name in _names(each))}


def _is_written(function: FunctionType) -> bool:
    """Whether it stands as a function in a file: no lambda, nothing that a decorator made."""
    return function.__name__ != "<lambda>" and function.__code__.co_filename.endswith(".py")
