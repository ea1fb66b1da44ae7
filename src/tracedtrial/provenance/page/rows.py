"""Raw rows as they stand in the files, each once, and the sets of them that numbers rest on.

A row goes by its record number, as in build/lineage: tables follow one another, and within a
table rows follow their keys. A set is written as `gap.length` of its runs, in base 36.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from tracedtrial.files import sha256
from tracedtrial.inputs.formats.reading import content_of, texts
from tracedtrial.paths import LINEAGE
from tracedtrial.refusal import Refusal, refusal

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
TITLES = {
    "DM": "demographics",
    "SC": "subject characteristics",
    "CM": "earlier and later therapies",
    "EX": "exposure",
    "AE": "adverse events",
    "LB": "laboratory values",
    "RS": "investigators' responses",
    "DS": "disposition",
    "SS": "survival contacts",
}
_MEMBERS = "SELECT set, list(record ORDER BY record) FROM read_parquet(?) GROUP BY set"
_RECORDS = "SELECT domain, usubjid, seq FROM read_parquet(?) ORDER BY record"


def record_sets(root: Path, numbers: Mapping[str, dict], *, with_members: bool) -> dict[str, dict]:
    """Set name -> digest, count, patients and, if asked for, the records in it."""
    entries = {entry["set"]: entry for row in numbers.values() for entry in row["records"].values()}
    made = {
        name: {key: entry[key] for key in ("digest", "count", "patients")}
        for name, entry in entries.items()
    }
    if with_members:
        members = dict(_queried(root, "sets", _MEMBERS))
        for name, entry in made.items():
            if len(members.get(name, ())) != entry["count"]:
                raise refusal(
                    "set",
                    f"hold the {entry['count']} records of the ledger",
                    name,
                    str(LINEAGE / "sets.parquet"),
                )
            entry["records"] = runs(members[name])
    return made


def runs(records: Iterable[int]) -> str:
    """Rising record numbers as their runs: the gap before each and its length.

    Examples
    --------
    >>> runs([3, 4, 5, 40])
    '3.3 y.1'
    """
    written, end = [], 0
    for _, run in groupby(enumerate(records), key=lambda pair: pair[1] - pair[0]):
        run = [record for _, record in run]
        written.append(f"{base36(run[0] - end)}.{base36(len(run))}")
        end = run[-1] + 1
    return " ".join(written)


def base36(number: int) -> str:
    """A whole number in base 36, as JavaScript's parseInt reads it."""
    high, low = divmod(number, 36)
    return (base36(high) if high else "") + DIGITS[low]


def raw_rows(root: Path, inputs: Mapping[str, str]) -> list[dict]:
    """The tables in the order of their records: file, columns, and the texts of each column.

    Raises
    ------
    Refusal
        A file is another than the ledger's, or does not hold a record of the lineage.
    """
    records = _queried(root, "records", _RECORDS)
    tables, start = [], 0
    for domain, keys in groupby(records, key=lambda record: record[0]):
        file = next((name for name in inputs if Path(name).stem.upper() == domain), "")
        if not file or not (root / file).is_file() or sha256(root / file) != inputs[file]:
            raise Refusal(
                f"{file or domain} must be as it was when build/ledger.json was made; build again"
            )
        table = _table(root / file, domain, file, list(keys))
        tables.append({**table, "start": start})
        start += table["count"]
    return tables


def _table(path: Path, domain: str, file: str, keys: Sequence[tuple]) -> dict:
    header, *rows = texts(content_of(path), file)
    at = {_key(dict(zip(header, row)), domain): place for place, row in enumerate(rows)}
    absent = [key for key in keys if key[1:] not in at]
    if absent or len(at) != len(keys):
        raise refusal("records", "be the rows of the table", f"{len(keys)} records", file, len(at))
    order = [at[key[1:]] for key in keys]
    columns = [coded([rows[place][column] for place in order]) for column in range(len(header))]
    return {
        "domain": domain,
        "title": TITLES.get(domain, ""),
        "file": file,
        "count": len(order),
        "names": header,
        "columns": columns,
        "rows": [place + 2 for place in order],
    }


def _key(row: Mapping[str, str], domain: str) -> tuple[str, int]:
    return row["USUBJID"], int(row.get(f"{domain}SEQ", 1))


def coded(texts: Sequence[str]) -> list:
    """The distinct texts, and for each row the place of its own; one place where all are equal.

    Examples
    --------
    >>> coded(["a", "b", "a"])
    [['a', 'b'], [0, 1, 0]]
    """
    place = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    return [list(place), 0 if len(place) == 1 else [place[text] for text in texts]]


def _queried(root: Path, name: str, query: str) -> Iterator[tuple]:
    import duckdb

    file = root / LINEAGE / f"{name}.parquet"
    if not file.is_file():
        raise Refusal(f"{LINEAGE / file.name} must be a file of the build; run the build first")
    with duckdb.connect(config={"threads": 1}) as connection:
        yield from connection.execute(query, [str(file)]).fetchall()
