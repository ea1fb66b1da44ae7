"""`python -m proofs.mutants`: plants the errors and says how many were caught."""

import argparse
import sys
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.paths import REPORTS
from tracedtrial.progress import watched

REPORT = REPORTS / "mutants.txt"


@command
def main(words: list[str] | None = None) -> bool:
    """Print how many were caught; whether none survived, and few enough are equivalent."""
    from proofs.mutants.proof import COUNTS, SEED, proof, sampled, verdicts
    from proofs.mutants.report import holds, report

    parser = argparse.ArgumentParser(prog="python -m proofs.mutants")
    parser.add_argument("--sample", type=int, help="mutants in all")
    parser.add_argument("--seed", type=int, default=SEED, help="another choice of them")
    asked = parser.parse_args(words)
    counts = COUNTS if asked.sample is None else sampled(asked.sample)
    with watched("mutants") as watch, proof(Path(), counts, asked.seed) as made:
        found = verdicts(made, watch=watch)
    text = "\n".join([report(found), *made.notes])
    write_text(REPORT, text + "\n")
    print(text)
    return holds(found)


if __name__ == "__main__":
    sys.exit(main())
