"""Confirms the records of a bundle's numbers from the raw tables: counts and keyed digests."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tracedtrial.analyses.declared.reading import read_analyses
from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.datasets import response_criteria
from tracedtrial.files import sha256
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.queries.asking import read_accepted_tables
from tracedtrial.paths import ANALYSES, LEDGER, PROTOCOL, RAW
from tracedtrial.record.provenance import RecordSets
from tracedtrial.refusal import Refusal

SAME = ("count", "patients", "digest")


def mismatches(files: Mapping[str, bytes], data: Path) -> tuple[int, list[str]]:
    """How many record sets the ledger states, and a line for each that `data` does not give.

    Raises
    ------
    Refusal
        The raw tables cannot be read, or the bundle has no ledger or protocol.
    """
    for name in (LEDGER.as_posix(), PROTOCOL.as_posix()):
        if name not in files:
            raise Refusal(f"the bundle must hold {name}")
    ledger = json.loads(files[LEDGER.as_posix()])
    stated = {id: row["records"] for id, row in ledger["numbers"].items() if row["records"]}
    derived = _derived(files, data)
    found = [*_tables(ledger["inputs"], data), *_records(stated, derived)]
    return sum(map(len, stated.values())), found


def _derived(files: Mapping[str, bytes], data: Path) -> dict[str, dict]:
    """The records of each number, derived anew by this installation's code."""
    with tempfile.TemporaryDirectory() as folder:
        for place in (PROTOCOL, ANALYSES):
            if place.as_posix() in files:
                (Path(folder) / place.name).write_bytes(files[place.as_posix()])
        asked = read_protocol(Path(folder) / PROTOCOL.name)
        declared = read_analyses(Path(folder) / ANALYSES.name)
    raw = read_accepted_tables(data, asked, response_criteria(asked).asks)
    sets = RecordSets(raw)
    trial = derived_trial(raw, asked, declared)
    return {id: sets.described(number) for id, number in results(trial).items()}


def _tables(inputs: Mapping[str, str], data: Path) -> Iterator[str]:
    """Raw tables that are not those of the bundle's run."""
    for name, digest in inputs.items():
        path = data / Path(name).name
        if name.startswith(f"{RAW}/") and (not path.is_file() or sha256(path) != digest):
            yield f"{path}: is not the table of the bundle's run, {name}"


def _records(stated: Mapping[str, dict], derived: Mapping[str, dict]) -> Iterator[str]:
    """Record sets whose count of records, count of patients or digest differs."""
    for id, roles in stated.items():
        for role, entry in roles.items():
            here = derived.get(id, {}).get(role)
            different = [key for key in SAME if here is None or here[key] != entry[key]]
            if different:
                yield f"{id}, {role}: {', '.join(different)} not confirmed"
