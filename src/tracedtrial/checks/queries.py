"""`python -m tracedtrial.checks.queries`: asks the edit checks of data/raw, prints their findings.

Exit status 0: no open query. 1: open queries, or a check refuses. 2: could not run, and why.
"""

import sys

from tracedtrial.commands import command
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.queries.asking import questioned
from tracedtrial.inputs.queries.listing import OPEN, report, told
from tracedtrial.inputs.schema import read_raw_tables
from tracedtrial.paths import RAW
from tracedtrial.refusal import Refusal


def listed() -> bool:
    """Print a line for each row found, then the report; whether no query is open."""
    protocol = read_protocol()
    raw = read_raw_tables(RAW, protocol, response_criteria(protocol).asks)
    try:
        asked = questioned(raw, protocol)
    except Refusal as refused:
        print(refused, file=sys.stderr)
        return False
    print(*map(told, asked.findings), report(asked), sep="\n", end="")
    return not any(finding.status == OPEN for finding in asked.findings)


main = command(listed)

if __name__ == "__main__":
    sys.exit(main())
