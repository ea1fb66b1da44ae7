"""`python -m tracedtrial.checks.verify FILE [REPORT]`: verify a rendered file; write what it says.

Exit status 0: every numeral is accounted for. 1: findings, a line each. 2: could not run.
"""

import sys
from pathlib import Path

from tracedtrial.checks.verify import report, verified
from tracedtrial.files import write_text
from tracedtrial.refusal import Refusal, one_line


@one_line(2)
def main(words: list[str]) -> int:
    if len(words) not in (1, 2):
        print(__doc__.partition("\n")[0], file=sys.stderr)
        return 2
    try:
        account = verified(Path(words[0]))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    if account.findings:
        print(*account.findings, report(account), sep="\n", file=sys.stderr)
        return 1
    if words[1:]:
        write_text(Path(words[1]), f"{Path(words[0]).name}: {report(account)}\n")
    print(report(account))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
