"""`python -m analysis.ledger`: numbers, protocol, literature and manuscript -> ledger.

Writes build/ledger.json, manuscript/_variables.yml and manuscript/_provenance.md.
"""

import json
import sys
from pathlib import Path

from analysis.files import sha256, write_text
from analysis.ledger.document import document_rows, variables_used
from analysis.ledger.entries import provenance
from analysis.ledger.environment import environment_rows
from analysis.ledger.literature import literature_rows
from analysis.ledger.variables import used_ids, variable_texts, variables_yaml
from analysis.protocol import read_protocol
from analysis.refusal import Refusal

MANUSCRIPT = Path("manuscript/manuscript.qmd")


def main() -> None:
    """Write the ledger; a refusal is one line on standard error and exit status 1."""
    try:
        ledger = made_ledger(Path("."))
        numbers = ledger["numbers"]
        names = variables_used(MANUSCRIPT.read_text(encoding="utf-8"))
        ids = used_ids(names, numbers, MANUSCRIPT.as_posix())
        text = json.dumps(ledger, indent=1, ensure_ascii=False) + "\n"
        write_text(Path("manuscript/_variables.yml"), variables_yaml(names, numbers))
        write_text(Path("manuscript/_provenance.md"), provenance(ids, numbers))
        write_text(Path("build/ledger.json"), text)
    except Refusal as refusal:
        sys.exit(str(refusal))


def made_ledger(root: Path) -> dict:
    """The ledger of the trial in `root`, from its numbers, protocol and manuscript."""
    protocol = read_protocol(root / "protocol.yaml")
    derived = json.loads((root / "build/numbers.json").read_text(encoding="utf-8"))
    numbers = dict(derived["numbers"])
    numbers |= literature_rows(root / "manuscript/literature.yml")
    numbers |= environment_rows()
    texts = {name: text for name, (_, text) in variable_texts(numbers).items()}
    numbers |= document_rows(root / MANUSCRIPT, texts)
    inputs = derived["inputs"] | {"protocol.yaml": sha256(root / "protocol.yaml")}
    return {"schema": 1, "trial": protocol["trial"]["registration"]["value"],
            "reconstructed": protocol["trial"]["reconstructed"]["value"], "inputs": inputs,
            "numbers": numbers}


if __name__ == "__main__":
    main()
