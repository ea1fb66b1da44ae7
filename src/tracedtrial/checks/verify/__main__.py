"""`python -m tracedtrial.checks.verify FILE [REPORT]`: verify a rendered file; write what it says.

Exit status 0: every numeral is accounted for. 1: findings, a line each. 2: could not run.
"""

import sys
from pathlib import Path

from tracedtrial.checks.verify import report, verified
from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.refusal import Refusal


def read_back(file: Path, kept: Path | None = None) -> bool:
    """Print whether every numeral is accounted for; `kept` is where the report is written too."""
    account = verified(file)
    if account.findings:
        print(*account.findings, report(account), sep="\n", file=sys.stderr)
        return False
    if kept is not None:
        write_text(kept, f"{file.name}: {report(account)}\n")
    print(report(account))
    return True


@command
def main(words: list[str]) -> bool:
    """Read back the file that the first word names; the second may name the report."""
    if len(words) not in (1, 2):
        raise Refusal(__doc__.partition("\n")[0])
    return read_back(*map(Path, words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
