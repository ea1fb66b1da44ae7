"""All kinds of places, how many errors are planted in each, and all of them tried side by side."""

import multiprocessing
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from proofs.mutants import code, ledger, published, raw, rendered, source, typeset
from proofs.mutants.mutant import Mutant, Place, Verdict
from proofs.mutants.world import World
from tracedtrial.refusal import Refusal

SEED, MOST = 20180038, 5
COUNTS = {
    "number typed": 150,
    "variable swapped": 80,
    "HTML": 75,
    "JATS": 75,
    "DOCX": 75,
    "PDF": 75,
    "ledger": 200,
    "raw cell": 130,
    "raw row dropped": 70,
    "raw row doubled": 50,
    "code": 400,
    "published": 40,
}
MAKERS: dict[str, Callable[[World], Place]] = {
    "number typed": source.TypedNumbers,
    "variable swapped": source.SwappedVariables,
    "HTML": lambda world: rendered.RenderedNumerals(world, "html"),
    "JATS": lambda world: rendered.RenderedNumerals(world, "xml"),
    "DOCX": lambda world: rendered.RenderedNumerals(world, "docx"),
    "PDF": typeset.TypesetNumerals,
    "ledger": ledger.LedgerFields,
    "raw cell": lambda world: raw.RawErrors(world, raw.CELL),
    "raw row dropped": lambda world: raw.RawErrors(world, raw.DROPPED),
    "raw row doubled": lambda world: raw.RawErrors(world, raw.DOUBLED),
    "code": code.CodeErrors,
    "published": published.PublishedValues,
}


class Proof:
    """The places of one built trial, with a seeded choice of errors for each."""

    def __init__(self, world: World, counts: dict[str, int], seed: int = SEED) -> None:
        self._places = {name: MAKERS[name](world) for name in counts}
        self.names = list(counts)
        self.jobs: list[tuple[str, Mutant]] = []
        for name, count in counts.items():
            planted = self._places[name].planted(random.Random(f"{seed} {name}"), count)
            self.jobs += [(name, mutant) for mutant in planted]

    def fault(self, name: str) -> str:
        """What a kind's checks find where nothing is altered; empty if they hold."""
        found = self._places[name].unaltered()
        return found and (
            f"{name} must hold before anything is altered, but {found} finds a "
            "fault; build again, or see the check's own report"
        )

    @property
    def notes(self) -> list[str]:
        """What a kind says of how its errors were chosen."""
        return [place.note for place in self._places.values() if hasattr(place, "note")]

    def tried(self, job: tuple[str, Mutant]) -> Verdict:
        name, mutant = job
        return self._places[name].tried(mutant)


@contextmanager
def proof(root: Path, counts: dict[str, int], seed: int = SEED) -> Iterator[Proof]:
    """The proof of the trial in `root`; what is altered lies in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        yield Proof(World(root.resolve(), Path(name).resolve()), counts, seed)


def sampled(count: int) -> dict[str, int]:
    """About `count` mutants in all, each kind with its share, but `MOST` of a kind."""
    whole = sum(COUNTS.values())
    return {name: min(MOST, ceil(count * planned / whole)) for name, planned in COUNTS.items()}


_proof: Proof | None = None


def verdicts(
    made: Proof,
    processes: int | None = None,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> Sequence[Verdict]:
    """Every mutant's verdict, in the order in which they were planted.

    Raises
    ------
    Refusal
        A check finds a fault where nothing is altered, so that its catches would mean nothing.
    """
    global _proof
    _proof, found = made, {}  # inherited by the forked processes
    order = random.Random(SEED).sample(range(len(made.jobs)), len(made.jobs))
    with multiprocessing.get_context("fork").Pool(processes or os.cpu_count()) as pool:
        for fault in filter(None, pool.imap(_fault, made.names)):
            raise Refusal(fault)
        for done, (place, verdict) in enumerate(pool.imap_unordered(_tried, order), 1):
            found[place] = verdict
            watch(done, len(made.jobs))
    return [found[place] for place in sorted(found)]


def _fault(name: str) -> str:  # in a child: typst's threads in the parent would not be forked
    return _proof.fault(name)


def _tried(place: int) -> tuple[int, Verdict]:
    return place, _proof.tried(_proof.jobs[place])
