"""`python -m tracedtrial.provenance.lineage`: tries the laws on a seeded sample.

Writes build/audit/lineage.txt where they hold. Exit status 0: they hold. 1: violations, a line
each. 2: could not run.
"""

import sys
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.paths import REPORTS
from tracedtrial.provenance.lineage.report import proof_report

REPORT = REPORTS / "lineage.txt"
SAMPLE = 200  # trials of each law


@command
def main() -> bool:
    """Write the report of a sample of mutants, or print where a law does not hold."""
    holds, text = proof_report(Path("."), only=None, sample=SAMPLE)
    if not holds:
        print(text, file=sys.stderr)
        return False
    write_text(REPORT, text + "\n")
    print(text)
    return True


if __name__ == "__main__":
    sys.exit(main())
