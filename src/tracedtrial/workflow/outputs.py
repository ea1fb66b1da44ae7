"""The outputs of a failed job stand as they are, and the next build makes them again.

Before a job runs, Snakemake copies its old outputs away; where the job fails, it copies them back
over the outputs and records these as made from the input that was refused. A kill or a full disk
within a copy leaves half a file under a final name. The jobs here write whole files or none:
nothing is copied, and the outputs of a failed job keep their mark of being incomplete, for which
the next build runs it again.
"""

from pathlib import Path

from snakemake.persistence import PersistenceBase

_failed: set[Path] = set()
_recorded = PersistenceBase.finished


def let_outputs_stand() -> None:
    """Have Snakemake, in this process, leave the old outputs of its jobs alone."""
    PersistenceBase.backup_output = _begun
    PersistenceBase.restore_output = _stands
    PersistenceBase.cleanup_backup = lambda self, path: None
    PersistenceBase.finished = _finished


def _begun(self: PersistenceBase, path: Path) -> None:
    _failed.discard(path)  # a job may be tried more than once


def _stands(self: PersistenceBase, path: Path) -> bool:
    _failed.add(path)
    return not self.dag.workflow.execution_settings.keep_incomplete  # else it would be deleted


async def _finished(self: PersistenceBase, job: object) -> None:
    """Record the outputs as made, unless their job failed."""
    if _failed.isdisjoint(map(Path, job.output)):
        await _recorded(self, job)
