"""Plants the errors and says how many were caught: `audit mutants`, `make mutants`."""

import sys
from pathlib import Path

from tracedtrial.progress import watched
from tracedtrial.files import write_text
from tracedtrial.refusal import Refusal

REPORT = Path("build/audit/mutants.txt")


def run(sample: int | None = None, seed: int | None = None) -> int:
    """0: none survived; 1: some did, or too many are equivalent; 2: could not run."""
    from proofs.mutants.proof import COUNTS, SEED, proof, sampled, verdicts
    from proofs.mutants.report import holds, report

    counts = COUNTS if sample is None else sampled(sample)
    try:
        with watched("mutants") as watch, proof(
                Path(), counts, SEED if seed is None else seed) as made:
            found = verdicts(made, watch=watch)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    text = "\n".join([report(found), *made.notes])
    write_text(REPORT, text + "\n")
    print(text)
    return int(not holds(found))


if __name__ == "__main__":
    sys.exit(run())
