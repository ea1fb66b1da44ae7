"""Which altered expressions ever take another value while the numbers are derived.

An error that leaves its own expression at the same value on every row cannot change anything
behind it. So every place is watched first, all at once: the expression is evaluated as it stands
and as it would be altered, and goes on as it stands.
"""

import ast
import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from proofs.mutants.operators import OPERATORS, Site, expressions
from proofs.mutants.replacement import compiled, replaced, tree_of
from tracedtrial.provenance.lineage.rederivation import same

TELL = "_tell_"
Place = tuple[str, Site]


def infected(
    functions: Mapping[str, object],
    places: Sequence[Place],
    populations: Collection[str],
    derivations: Sequence[Callable[[], object]],
) -> list[Place]:
    """The places at which an alteration shows in the expression itself, in any derivation."""
    found: set[Place] = set()
    with ExitStack() as stack:
        for name, function in functions.items():
            own = [place for place in places if place[0] == name]
            if own:
                stack.enter_context(_watched(function, own, populations, found))
        for derive in derivations:
            derive()
    return [place for place in places if place in found]


@contextmanager
def _watched(
    function: Callable, places: Sequence[Place], populations: Collection[str], found: set[Place]
) -> Iterator[None]:
    def tell(k: int, value: object, altered: Callable[[], object]) -> object:
        if places[k] not in found and _differs(value, altered):
            found.add(places[k])
        return value

    module, node = tree_of(function)
    _Watch(list(expressions(node)), [site for _, site in places], function, populations).visit(node)
    ast.fix_missing_locations(node)
    name = _teller(function)
    function.__globals__[name] = tell
    try:
        with replaced(function, compiled(function, module)):
            yield
    finally:
        del function.__globals__[name]


def _teller(function: Callable) -> str:
    return TELL + function.__qualname__.replace(".", "_")


def _differs(value: object, altered: Callable[[], object]) -> bool:
    """Whether the altered expression gives something else, or nothing at all."""
    try:
        return not same(altered(), value)
    except Exception:  # it stops where the expression does not
        return True


class _Watch(ast.NodeTransformer):
    """Hands each watched expression to the teller, with what it would be if altered."""

    def __init__(
        self,
        nodes: Sequence[ast.expr],
        sites: Sequence[Site],
        function: Callable,
        populations: Collection[str],
    ) -> None:
        self._teller = _teller(function)
        self._populations = populations
        self._sites: dict[int, list[tuple[int, Site]]] = {}
        for k, site in enumerate(sites):
            self._sites.setdefault(id(nodes[site.place]), []).append((k, site))

    def visit(self, node: ast.AST) -> ast.AST:
        altered = [
            (k, OPERATORS[site.operator](copy.deepcopy(node), self._populations))
            for k, site in self._sites.get(id(node), ())
        ]
        watched = self.generic_visit(node)
        for k, other in altered:
            lazy = ast.Lambda(ast.arguments([], [], None, [], [], None, []), other)
            watched = ast.Call(
                ast.Name(self._teller, ast.Load()), [ast.Constant(k), watched, lazy], []
            )
        return ast.copy_location(watched, node)
