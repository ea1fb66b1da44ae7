"""Errors in the ledger: a text, value, id, count or digest altered."""

import copy
import random
from textwrap import shorten

from proofs.mutants.alteration import altered, numerals_within
from proofs.mutants.mutant import Mutant, Verdict, caught
from proofs.mutants.world import World
from tracedtrial.checks import ledger_check
from tracedtrial.checks.coherence import incoherences
from tracedtrial.checks.crosscheck import PUBLISHED, comparisons
from tracedtrial.checks.rederive import differences

KIND = "ledger"
SHOWN = 40


class LedgerFields:
    """One leaf of the ledger altered: numbers and digests in them by a digit, texts by a letter;
    or one id renamed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made, _ = ledger_check.made_again(world.root)

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        ids, made = list(self._world.ledger["numbers"]), {}
        while len(made) < count:
            mutant = self._mutant(seed.choice(ids), seed)
            if mutant:
                made[mutant.plan] = mutant
        return list(made.values())

    def tried(self, mutant: Mutant) -> Verdict:
        path, new = mutant.plan
        ledger = copy.deepcopy(self._world.ledger)
        node = ledger
        for key in path[:-1]:
            node = node[key]
        if len(path) == 2 and path[0] == "numbers":  # an id
            ledger["numbers"] = {
                new if id == path[1] else id: row for id, row in ledger["numbers"].items()
            }
        else:
            node[path[-1]] = new
        return caught(mutant, self._check(ledger))

    def unaltered(self) -> str:
        return self._check(self._world.ledger)

    def _check(self, ledger: dict) -> str:
        numbers = ledger["numbers"]
        if differences(numbers, self._world.second.numbers, self._world.wanted):
            return "rederive"
        if not all(each.equal for each in comparisons(self._world.root / PUBLISHED, numbers)):
            return "crosscheck"
        if incoherences(ledger, self._world.protocol):
            return "coherence"
        return "ledger check" if any(ledger_check.differences(ledger, self._made)) else ""

    def _mutant(self, id: str, seed: random.Random) -> Mutant | None:
        row = self._world.ledger["numbers"][id]
        field = seed.choice(["id", *row])
        if field == "id":
            return self._made_mutant(("numbers", id), id, _other(id, seed))
        leaves = list(_leaves(row[field], ("numbers", id, field)))
        if not leaves:
            return None
        path, old = seed.choice(leaves)
        return self._made_mutant(path, old, _other(old, seed))

    def _made_mutant(self, path: tuple, old: object, new: object) -> Mutant:
        place = path[1] if len(path) == 2 else f"{path[1]}, {'.'.join(map(str, path[2:]))}"
        return Mutant(KIND, place, f"{_short(old)} becomes {_short(new)}", (path, new))


def _leaves(node: object, path: tuple) -> object:
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, child in items:
            yield from _leaves(child, (*path, key))
    else:
        yield path, node


def _other(old: object, seed: random.Random) -> object:
    """Another content of the same type; something where there was nothing."""
    if old is None:
        return seed.randrange(1, 100)
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return old + seed.choice((-1, 1))
    if isinstance(old, float):
        return old * 1.01 + 0.1
    spans = numerals_within(old)
    if spans:
        start, end = seed.choice(spans)
        return old[:start] + altered(old[start:end], seed) + old[end:]
    return old[:-1] + ("x" if old[-1:] != "x" else "y")


def _short(value: object) -> str:
    return shorten(repr(value), SHOWN, placeholder="...")
