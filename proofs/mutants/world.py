"""A built trial as the kinds of places share it: read once, inherited by the forked processes."""

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.analyses.declared.reading import read_analyses
from tracedtrial.checks.rederive import Second, asked, second_derivation
from tracedtrial.checks.verify.built import Built
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import ANALYSES, LEDGER, MANUSCRIPT, PROTOCOL
from tracedtrial.record.ledger.reading import read_ledger


@dataclass(frozen=True)
class World:
    """The trial in `root`, after a build; `folder` is temporary, for what is altered."""

    root: Path
    folder: Path

    @cached_property
    def ledger(self) -> dict:
        return read_ledger(self.root / LEDGER)

    @cached_property
    def protocol(self) -> dict:
        return read_protocol(self.root / PROTOCOL)

    @cached_property
    def analyses(self) -> tuple[Analysis, ...]:
        return read_analyses(self.root / ANALYSES)

    @cached_property
    def built(self) -> Built:
        return Built(self.root)

    @cached_property
    def second(self) -> Second:
        """The second derivation of the unaltered rows."""
        return second_derivation(self.root)

    @cached_property
    def wanted(self) -> set[str]:
        """Ids of the abstract and of the adverse-event table."""
        return asked(self.root / MANUSCRIPT, self.ledger["numbers"])

    def scratch(self) -> "tempfile.TemporaryDirectory[str]":
        """A folder for one mutant."""
        return tempfile.TemporaryDirectory(dir=self.folder)
