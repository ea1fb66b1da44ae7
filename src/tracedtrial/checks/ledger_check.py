"""The ledger made again, from raw tables, protocol, sources and code, and compared field by field.

What the build wrote down must be what its inputs give now: every number's text, value, records,
digests and functions, and the record sets of build/lineage. Nothing written by an earlier step of
the build is trusted.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tracedtrial.analyses.declared.reading import read_analyses
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.analyses.writing import written_results
from tracedtrial.commands import command
from tracedtrial.datasets import response_criteria
from tracedtrial.files import write_text
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.queries.asking import read_accepted_tables
from tracedtrial.paths import ANALYSES, LINEAGE, PROTOCOL, RAW, REPORTS
from tracedtrial.record.ledger.making import ledger_of
from tracedtrial.record.ledger.numbers import numbers_of
from tracedtrial.record.ledger.reading import read_ledger
from tracedtrial.record.provenance import RecordSets
from tracedtrial.refusal import Refusal

REPORT = REPORTS / "ledger.txt"
ABSENT = "absent"
MOST_SHOWN = 20


def made_again(root: Path) -> tuple[dict, RecordSets]:
    """The ledger that the inputs of the trial in `root` give, and the record sets of its numbers.

    Raises
    ------
    Refusal
        An input cannot be read, or breaks a rule.
    """
    protocol = read_protocol(root / PROTOCOL)
    raw = read_accepted_tables(root / RAW, protocol, response_criteria(protocol).asks)
    files = {Path(file).relative_to(root).as_posix(): sha for file, sha in raw.files.items()}
    raw = replace(raw, files=files)
    sets = RecordSets(raw)
    results = json.loads(
        json.dumps(
            written_results(derived_trial(raw, protocol, read_analyses(root / ANALYSES)), sets)
        )
    )
    ledger = ledger_of(numbers_of(results, protocol["display"]), root)
    return json.loads(json.dumps(ledger)), sets


def differences(stated: object, made: object, place: str = "ledger") -> Iterator[str]:
    """Where what the file states is not what was made again, leaf by leaf, each with its place.

    Examples
    --------
    >>> print(*differences({"a": {"n": 3, "b": [1]}}, {"a": {"n": 4, "b": [1]}}), sep="; ")
    ledger.a.n: 3 in the file, 4 made again
    """
    if isinstance(stated, dict) and isinstance(made, dict):
        for key in {**made, **stated}:
            yield from differences(stated.get(key, ABSENT), made.get(key, ABSENT), f"{place}.{key}")
        if stated.keys() == made.keys() and list(stated) != list(made):
            yield f"{place}: another order in the file"
    elif isinstance(stated, list) and isinstance(made, list) and len(stated) == len(made):
        for index, pair in enumerate(zip(stated, made)):
            yield from differences(*pair, f"{place}.{index}")
    elif type(stated) is not type(made) or stated != made:
        yield f"{place}: {_shown(stated)} in the file, {_shown(made)} made again"


def set_differences(folder: Path, ledger: dict, sets: RecordSets) -> Iterator[str]:
    """Where build/lineage does not hold the records that the numbers rest on."""
    import duckdb

    with duckdb.connect() as connection:
        named, members = (
            connection.execute(
                f"SELECT {columns} FROM read_parquet(?)", [str(folder / f"{name}.parquet")]
            ).fetchall()
            for name, columns in (("numbers", "id, role, set"), ("sets", '"set", record'))
        )
    expected = {
        (id, role, entry["set"])
        for id, row in ledger["numbers"].items()
        for role, entry in row["records"].items()
    }
    for id, role, name in sorted(expected ^ set(named)):
        yield f"lineage.numbers: {id}, {role}, {name}: in one of file and ledger made again"
    held: dict[str, list[int]] = {name: [] for name in sets.sets}
    for name, record in members:
        held.setdefault(name, []).append(record)
    for name, records in held.items():
        if sorted(records) != (sets.sets[name].tolist() if name in sets.sets else None):
            yield f"lineage.sets: {name}: other records than made again"


def reported() -> bool:
    """Write build/audit/ledger.txt; whether there are no differences."""
    import duckdb

    stated = read_ledger()
    made, sets = made_again(Path())
    try:
        found = [*differences(stated, made), *set_differences(LINEAGE, made, sets)]
    except duckdb.Error as error:
        raise Refusal(" ".join(str(error).split())) from None
    more = [f"and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
    text = "\n".join(
        [
            *found[:MOST_SHOWN],
            *more,
            f"{len(made['numbers'])} numbers made again, {len(found)} differences",
        ]
    )
    write_text(REPORT, text + "\n")
    print(text)
    return not found


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


main = command(reported)

if __name__ == "__main__":
    sys.exit(main())
