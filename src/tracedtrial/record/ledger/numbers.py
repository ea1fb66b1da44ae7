"""`python -m tracedtrial.record.ledger.numbers`: build/results.json -> build/numbers.json.

The ledger rows of data and protocol, which no word of the manuscript can change: tables and
figures are drawn from these.
"""

import json
import sys
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.modules import code_hashes
from tracedtrial.paths import NUMBERS, PROTOCOL, RESULTS
from tracedtrial.record.ledger.rows import ledger_row


def data_numbers(root: Path) -> dict:
    """Inputs, code and ledger rows by id, of the results in `root`."""
    results = json.loads((root / RESULTS).read_text(encoding="utf-8"))
    return numbers_of(results, read_protocol(root / PROTOCOL)["display"])


def numbers_of(results: dict, display: dict) -> dict:
    """Inputs, and ledger rows by id, of what results.json holds, printed by the display rules."""
    numbers = {row["id"]: ledger_row(row, display, results["inputs"]) for row in results["numbers"]}
    code = results["code"] | code_hashes("tracedtrial.record.ledger.numbers")
    return {"schema": 1, "inputs": results["inputs"], "code": code, "numbers": numbers}


@command
def main() -> None:
    """Write the rows."""
    content = data_numbers(Path())
    write_text(NUMBERS, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
