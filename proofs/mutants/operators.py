"""What is altered in a function: one node of its syntax tree at a time.

Errors that a programmer of trial statistics makes: a count off by one, `>=` for `>`, the wrong
population, rounding half to even, an indicator inverted, a step skipped, one condition of two.
"""

import ast
import copy
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

BOUNDS = {ast.GtE: ast.Gt, ast.Gt: ast.GtE, ast.LtE: ast.Lt, ast.Lt: ast.LtE}
SENSES = {
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Lt: ast.GtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
JOINED = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
COUNTS = ("n", "denominator", "size")
ROUNDINGS = {"ROUND_HALF_UP": "ROUND_HALF_EVEN"}
STEPS = ("confirmed_categories",)  # a step that gives its first argument on


@dataclass(frozen=True)
class Site:
    """A node of a function's tree, by its place in the walk, and what becomes of it."""

    place: int
    operator: str
    line: int
    change: str


def sites(function: ast.FunctionDef, populations: Collection[str]) -> Iterator[Site]:
    """Every error that can be planted in a function's body."""
    for place, node in enumerate(expressions(function)):
        for operator, change in OPERATORS.items():
            new = change(copy.deepcopy(node), populations)
            if new is not None:
                yield Site(
                    place, operator, node.lineno, f"{ast.unparse(node)} becomes {ast.unparse(new)}"
                )


def planted(function: ast.FunctionDef, site: Site, populations: Collection[str]) -> None:
    """Plant the error in the function's tree."""
    target = list(expressions(function))[site.place]
    new = OPERATORS[site.operator](copy.deepcopy(target), populations)
    ast.copy_location(new, target)
    _Replacement(target, new).visit(function)
    ast.fix_missing_locations(function)


class _Replacement(ast.NodeTransformer):
    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self._target, self._new = target, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._target else super().generic_visit(node)


def expressions(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """The expressions of the body; not the docstring, nor a guard that only refuses its input."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    for statement in body:
        guard = {
            id(node)
            for inner in ast.walk(statement)
            if isinstance(inner, ast.If) and isinstance(inner.body[-1], ast.Raise)
            for node in ast.walk(inner.test)
        }
        yield from (
            node
            for node in ast.walk(statement)
            if isinstance(node, ast.expr) and id(node) not in guard
        )


def _bound(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """A bound taken in that was out, or the reverse."""
    return _compared(node, BOUNDS)


def _sense(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """A comparison turned into its contrary."""
    return _compared(node, SENSES)


def _compared(node: ast.expr, others: dict[type, type]) -> ast.expr | None:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in others:
        node.ops = [others[type(node.ops[0])]()]
        return node
    return None


def _count(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """A count handed on, off by one."""
    if not isinstance(node, ast.Call):
        return None
    for keyword in node.keywords:
        if keyword.arg in COUNTS and not _is_none(keyword.value):
            keyword.value = _plus_one(keyword.value)
            return node
    return None


def _day(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """The first day left out of a time that counts it in, `end - start + 1`."""
    if (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add)
        and isinstance(node.right, ast.Constant)
        and node.right.value == 1
        and isinstance(node.left, ast.BinOp)
        and isinstance(node.left.op, ast.Sub | ast.Div)
    ):
        return node.left
    return None


def _condition(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """One condition of two for both."""
    if isinstance(node, ast.BinOp) and type(node.op) in JOINED:
        node.op = JOINED[type(node.op)]()
        return node
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return node
    return None


def _inverted(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """A negation left out; an indicator, 0 or 1, inverted."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        return node.operand
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "End":
        flag = node.args[1]
        node.args[1] = ast.Constant(int(not flag.value))
        return node
    return None


def _population(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """Another population for the one that is named."""
    names = sorted(populations)
    if isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "populations":
        key = getattr(node.slice, "value", None)
        other = names[(names.index(key) + 1) % len(names)] if key in names else "evaluable"
        node.slice = ast.Constant(other)
        return node if other in names else None
    return None


def _rounding(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """Half to even for half away from zero."""
    return (
        ast.Name(ROUNDINGS[node.id], ast.Load())
        if isinstance(node, ast.Name) and node.id in ROUNDINGS
        else None
    )


def _skipped(node: ast.expr, populations: Collection[str]) -> ast.expr | None:
    """A step left out: its first argument goes on as it is."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in STEPS and node.args:
        return None if isinstance(node.args[0], ast.Starred) else node.args[0]
    return None


OPERATORS: dict[str, Callable[[ast.expr, Collection[str]], ast.expr | None]] = {
    "bound": _bound,
    "sense": _sense,
    "count": _count,
    "day": _day,
    "condition": _condition,
    "inversion": _inverted,
    "population": _population,
    "rounding": _rounding,
    "step": _skipped,
}


def _plus_one(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Add(), ast.Constant(1))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
