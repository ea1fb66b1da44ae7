"""Runs the proof and says what came of it."""

from collections.abc import Callable
from pathlib import Path

from tracedtrial.provenance.lineage.proof import Outcome, Proof, proven

MOST_SHOWN = 20


def proof_report(
    folder: Path,
    *,
    only: str | None,
    sample: int | None,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[bool, str]:
    """Whether the laws hold, and the counts and violations as text, a line each."""
    proof = Proof(folder, only=None if only is None else [only])
    jobs = proof.jobs(sample)
    outcome = proven(proof, jobs, watch=lambda done: watch(done, len(jobs)))
    shown = [violation.told(proof.rows) for violation in outcome.violations[:MOST_SHOWN]]
    more = len(outcome.violations) - len(shown)
    lines = [*_counts(proof, outcome), *shown, *([f"and {more} more"] if more > 0 else [])]
    return not outcome.violations, "\n".join(lines)


def _counts(proof: Proof, outcome: Outcome) -> list[str]:
    tally = outcome.tally
    mutants = tally["delete"] + tally["change"] + tally["complete"] + tally["tight tried"]
    refused = tally["change refused"] + tally["tight refused"]
    share = 100 * refused / mutants if mutants else 0
    return [
        f"{len(proof.ids)} numbers, {len(proof.rows.records)} rows, {mutants} mutants, "
        f"{refused} refused by the schema ({share:.1f}%), {len(outcome.violations)} violations",
        f"sound: {tally['delete']} rows deleted, {tally['change']} rows changed",
        f"complete: {tally['complete']} removals of a patient's records of a role",
        f"tight: {tally['tight']} records, {tally['tight tried']} changes tried",
        f"counted: {tally['counted']} shares of patients, their patients by role",
    ]
