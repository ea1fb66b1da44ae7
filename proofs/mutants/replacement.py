"""Another code in the place of a function's own, for a while."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType


def tree_of(function: FunctionType) -> tuple[ast.Module, ast.FunctionDef]:
    """A fresh tree of the function's module, and the function in it."""
    module = ast.parse(_source(function.__code__.co_filename))
    first = function.__code__.co_firstlineno
    return module, next(
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef)
        and first in (node.lineno, *(each.lineno for each in node.decorator_list))
    )


def compiled(function: FunctionType, module: ast.Module) -> CodeType:
    """The function's code as its altered module has it."""
    whole = compile(module, function.__code__.co_filename, "exec", dont_inherit=True)
    return next(code for code in _codes(whole) if code.co_qualname == function.__qualname__)


@contextmanager
def replaced(function: FunctionType, code: CodeType) -> Iterator[None]:
    """Every holder of the function runs the other code meanwhile."""
    kept = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = kept


@cache
def _source(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _codes(const)
