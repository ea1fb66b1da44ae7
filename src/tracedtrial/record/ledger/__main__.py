"""`python -m tracedtrial.record.ledger`: numbers, protocol, literature and manuscript -> ledger.

Writes build/ledger.json, manuscript/_variables.yml and manuscript/_provenance.md.
"""

import argparse
import json
import sys
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import write_together
from tracedtrial.paths import LEDGER, PROVENANCE, VARIABLES
from tracedtrial.record.ledger.document import variables_used
from tracedtrial.record.ledger.entries import provenance
from tracedtrial.record.ledger.making import MANUSCRIPT, made_ledger
from tracedtrial.record.ledger.variables import used_ids, variables_yaml


@command
def main() -> None:
    """Write the ledger, and what the manuscript asks of it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--source-base", default="", help="address of the repository's files")
    base = parser.parse_args().source_base
    ledger = made_ledger(Path("."))
    numbers = ledger["numbers"]
    names = variables_used(MANUSCRIPT.read_text(encoding="utf-8"))
    ids = used_ids(names, numbers, MANUSCRIPT.as_posix())
    text = json.dumps(ledger, indent=1, ensure_ascii=False) + "\n"
    write_together(
        {
            VARIABLES: variables_yaml(names, numbers),
            PROVENANCE: provenance(ids, numbers, base),
            LEDGER: text,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
