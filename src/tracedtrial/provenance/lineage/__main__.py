"""`python -m tracedtrial.provenance.lineage`: tries the laws on a seeded sample of rows and numbers.

Writes build/audit/lineage.txt where they hold. Exit status 0: they hold. 1: violations, a line
each. 2: could not run.
"""

import sys
from pathlib import Path

from tracedtrial.provenance.lineage.report import proof_report
from tracedtrial.files import write_text
from tracedtrial.refusal import Refusal, one_line

REPORT = Path("build/audit/lineage.txt")
SAMPLE = 200  # trials of each law


@one_line(2)
def main() -> int:
    try:
        holds, text = proof_report(Path("."), only=None, sample=SAMPLE)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    if not holds:
        print(text, file=sys.stderr)
        return 1
    write_text(REPORT, text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
