"""The ledger put together: the numbers of the data, and what the manuscript adds to them."""

from pathlib import Path

from tracedtrial.files import sha256
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.modules import code_hashes
from tracedtrial.paths import ANALYSES, LITERATURE, MANUSCRIPT, NUMBERS, PROTOCOL
from tracedtrial.record.ledger.document import document_rows
from tracedtrial.record.ledger.environment import environment_rows
from tracedtrial.record.ledger.literature import literature_rows
from tracedtrial.record.ledger.reading import read_ledger
from tracedtrial.record.ledger.variables import variable_texts


def made_ledger(root: Path) -> dict:
    """The ledger of the trial in `root`, from its numbers, protocol and manuscript."""
    return ledger_of(read_ledger(root / NUMBERS), root)


def ledger_of(derived: dict, root: Path) -> dict:
    """The ledger of numbers of the data, with what protocol and manuscript of `root` add."""
    protocol = read_protocol(root / PROTOCOL)
    numbers = dict(derived["numbers"])
    numbers |= _within(literature_rows(root / LITERATURE), LITERATURE)
    numbers |= environment_rows()
    texts = {name: text for name, (_, text) in variable_texts(numbers).items()}
    numbers |= _within(document_rows(root / MANUSCRIPT, texts), MANUSCRIPT)
    declared = [path for path in (PROTOCOL, ANALYSES) if (root / path).is_file()]
    inputs = derived["inputs"] | {path.as_posix(): sha256(root / path) for path in declared}
    return {
        "schema": 1,
        "trial": protocol["trial"]["registration"]["value"],
        "reconstructed": protocol["trial"]["reconstructed"]["value"],
        "inputs": inputs,
        "code": derived["code"] | code_hashes("tracedtrial.record.ledger.__main__"),
        "numbers": numbers,
    }


def _within(rows: dict[str, dict], file: Path) -> dict[str, dict]:
    """The rows with their file as the trial's folder has it, wherever that folder lies."""
    return {id: row | {"section": file.as_posix()} for id, row in rows.items()}
