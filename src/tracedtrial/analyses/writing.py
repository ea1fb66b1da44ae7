"""Writes the results: numbers, record sets, panels. The foot of the statistics."""

import dataclasses
import errno
import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from tracedtrial.analyses.panels import panels, waterfall_axis
from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.sources import flat_datasets
from tracedtrial.files import FULL, whole_file, write_together
from tracedtrial.inputs.schema import RawTables
from tracedtrial.modules import code_hashes
from tracedtrial.record.number import Number
from tracedtrial.record.provenance import RecordSets, code_reference


def write_results(
    trial: Trial,
    folder: Path,
    beside: Mapping[Path, str] = {},
    drawn: Mapping[str, pd.DataFrame] = {},
) -> None:
    """Write results.json, lineage/, panels/ and datasets/ into `folder`, all files or none.

    `beside` holds texts, by their paths, that are written with them; `drawn` the source data of
    declared figures.
    """
    raw, sets = trial.data.raw, RecordSets(trial.data.raw)
    content = written_results(trial, sets)
    rows = content["numbers"]
    frames = {f"panels/{name}": frame for name, frame in panels(trial).items()}
    frames |= {
        f"datasets/{name.lower()}": frame for name, frame in flat_datasets(trial.data).items()
    }
    frames["datasets/population"] = _members(trial)
    frames |= {f"panels/{name}": frame for name, frame in drawn.items()}
    texts = {
        folder / f"{name}.csv": frame.to_csv(index=False, lineterminator="\n")
        for name, frame in frames.items()
    }
    texts[folder / "panels" / "figure-1a.json"] = json.dumps(waterfall_axis(trial), indent=1) + "\n"
    texts[folder / "results.json"] = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    with ExitStack() as stack:
        for name, frame in _lineage(rows, sets, raw).items():
            path = stack.enter_context(whole_file(folder / "lineage" / f"{name}.parquet"))
            _write_parquet(path, frame)
        write_together({**texts, **beside})


def _members(trial: Trial) -> pd.DataFrame:
    """POPULATION and USUBJID of each member of each population."""
    subjects = trial.data.raw.subjects
    return pd.DataFrame(
        [
            (name, subject)
            for name, population in trial.populations.items()
            for subject in subjects[population.members]
        ],
        columns=["POPULATION", "USUBJID"],
    )


def written_results(trial: Trial, sets: RecordSets) -> dict:
    """What results.json holds; the record sets of its numbers are kept in `sets`."""
    rows = [_row(number, sets, trial.data.raw) for number in results(trial).values()]
    return {
        "schema": 1,
        "inputs": trial.data.raw.files,
        "code": code_hashes("tracedtrial.analyses.__main__"),
        "numbers": rows,
    }


def _row(number: Number, sets: RecordSets, raw: RawTables) -> dict:
    row = {field.name: getattr(number, field.name) for field in dataclasses.fields(Number)}
    row["functions"] = [code_reference(function) for function in number.functions]
    row["files"] = _files(number, raw)
    row["records"] = sets.described(number)
    return row


def _files(number: Number, raw: RawTables) -> list[str]:
    """The raw files that hold the number's records."""
    bounds = [*raw.domain_starts, len(raw.subject_of)]
    places = [np.searchsorted(records, bounds) for records in number.records.values()]
    held = {domain for place in places for domain in np.flatnonzero(np.diff(place))}
    return [
        file for file in raw.files if any(Path(file).stem == raw.domains[domain] for domain in held)
    ]


def _lineage(rows: list[dict], sets: RecordSets, raw: RawTables) -> dict[str, pd.DataFrame]:
    """Frames numbers (id, role, set), sets (set, record) and records (its key)."""
    used = [
        (row["id"], role, entry["set"]) for row in rows for role, entry in row["records"].items()
    ]
    names = sorted(sets.sets)
    members = [sets.sets[name] for name in names]
    every = np.arange(len(raw.subject_of))
    domain = np.searchsorted(raw.domain_starts, every, side="right") - 1
    return {
        "numbers": pd.DataFrame(used, columns=["id", "role", "set"]),
        "sets": pd.DataFrame(
            {
                "set": np.repeat(np.array(names, dtype=object), [len(m) for m in members]),
                "record": np.concatenate([*members, np.array([], np.int64)]),
            }
        ),
        "records": pd.DataFrame(
            {
                "record": every,
                "domain": np.array([d.upper() for d in raw.domains], object)[domain],
                "usubjid": raw.subjects[raw.subject_of],
                "seq": raw.sequence_of,
            }
        ),
    }


def _write_parquet(path: Path, frame: pd.DataFrame) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("frame", frame)
        where = f"'{_quoted(path)}' (FORMAT parquet, USE_TMP_FILE false)"
        try:
            connection.execute(f"COPY frame TO {where}")
        except duckdb.IOException as error:
            raise _of_system(str(error).partition("\n")[0], path) from None


def _of_system(said: str, path: Path) -> OSError:
    """DuckDB's error of writing as the system's, told by the words that it quotes."""
    number = next((full for full in FULL if os.strerror(full) in said), errno.EIO)
    return OSError(number, said, str(path))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
