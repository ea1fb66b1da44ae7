"""`python -m tracedtrial.record.ledger.numbers`: build/results.json -> build/numbers.json.

The ledger rows of data and protocol, which no word of the manuscript can change: tables and
figures are drawn from these.
"""

import json
import sys
from pathlib import Path

from tracedtrial.paths import PROTOCOL
from tracedtrial.files import write_text
from tracedtrial.record.ledger.rows import ledger_row
from tracedtrial.modules import code_hashes
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.refusal import Refusal, one_line


def data_numbers(root: Path) -> dict:
    """Inputs, code and ledger rows by id, of the results in `root`."""
    results = json.loads((root / "build/results.json").read_text(encoding="utf-8"))
    return numbers_of(results, read_protocol(root / PROTOCOL)["display"])


def numbers_of(results: dict, display: dict) -> dict:
    """Inputs, and ledger rows by id, of what results.json holds, printed by the display rules."""
    numbers = {row["id"]: ledger_row(row, display, results["inputs"])
               for row in results["numbers"]}
    code = results["code"] | code_hashes("tracedtrial.record.ledger.numbers")
    return {"schema": 1, "inputs": results["inputs"], "code": code, "numbers": numbers}


@one_line()
def main() -> None:
    """Write the rows; a refusal is one line on standard error and exit status 1."""
    try:
        content = data_numbers(Path())
    except Refusal as refusal:
        sys.exit(str(refusal))
    write_text(Path("build/numbers.json"), json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
