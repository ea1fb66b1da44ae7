"""`audit explain`: the whole way of a number, from printed text to raw rows."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from tracedtrial.paths import LINEAGE
from tracedtrial.refusal import Refusal

RECORDS = """
    SELECT n.role, r.domain, r.usubjid, r.seq
    FROM read_parquet($numbers) n JOIN read_parquet($sets) s USING (set)
    JOIN read_parquet($records) r USING (record)
    WHERE n.id = $id ORDER BY n.role, r.usubjid, r.domain, r.seq
"""


def explanation(id: str, numbers: dict[str, dict], lineage: Path = LINEAGE) -> dict:
    """The ledger row of `id` with its raw rows by role and patient.

    Raises
    ------
    Refusal
        The id is unknown; the nearest three are named.
    """
    if id not in numbers:
        raise Refusal(
            f"{id!r} is no id of the ledger; the nearest are {', '.join(nearest(id, numbers))}"
        )
    row = numbers[id]
    rows = raw_rows(id, lineage) if row["source"] == "data" else {}
    patients = {role: sorted(by_patient) for role, by_patient in rows.items()}
    return {
        "id": id,
        "sentence": sentence(row),
        **row,
        "children": children(id, numbers),
        "numerator_patients": patients.get("supports", []),
        "population_patients": patients.get("population", []),
        "rows": rows,
    }


def sentence(row: dict) -> str:
    """What a ledger row is, in one plain sentence.

    Examples
    --------
    >>> sentence({"text": "48%", "statistic": "percentage", "keys": {"label": "Response"},
    ...     "population": "rp2d", "n": 12, "denominator": 25, "method": "patients / population"})
    '48% is the percentage of Response in population rp2d: 12 of 25, by patients / population.'
    """
    keys = row["keys"]
    named = [str(keys[key]) for key in ("label", "category", "summary") if keys.get(key)]
    groups = [
        f"{key.removeprefix('group ')} {value}"
        for key, value in keys.items()
        if key.startswith("group ") and not key.startswith("group label ")
    ]
    said = f"{row['text']} is the {row['statistic']}"
    said += f" of {', '.join(dict.fromkeys(named))}" if named else ""
    said += f" with {', '.join(groups)}" if groups else ""
    said += f" in population {row['population']}" if row["population"] else ""
    if row["n"] is not None and row["denominator"] is not None:
        said += f": {row['n']} of {row['denominator']}"
    return said + (f", by {row['method']}." if row["method"] else ".")


def raw_rows(id: str, lineage: Path) -> dict[str, dict[str, list[str]]]:
    """role -> USUBJID -> record keys such as `LB/12`, in order."""
    import duckdb

    files = {name: str(lineage / f"{name}.parquet") for name in ("numbers", "sets", "records")}
    for file in files.values():
        if not Path(file).exists():
            raise Refusal(f"{file} must be a file of the build; run the build first")
    with duckdb.connect() as connection:
        found = connection.execute(RECORDS, {**files, "id": id}).fetchall()
    rows: dict[str, dict[str, list[str]]] = {}
    for role, domain, subject, sequence in found:
        rows.setdefault(role, {}).setdefault(subject, []).append(f"{domain}/{sequence}")
    return rows


def ids_printing(text: str, numbers: dict[str, dict]) -> list[str]:
    """Ids whose text, or a form of it, is `text`."""
    return [
        id for id, row in numbers.items() if text == row["text"] or text in row["forms"].values()
    ]


def children(id: str, numbers: dict[str, dict]) -> list[str]:
    """Ids that name this one as a parent."""
    return [other for other, row in numbers.items() if id in row["parents"]]


def nearest(id: str, numbers: Iterable[str]) -> list[str]:
    """The three ids most like `id`."""
    return difflib.get_close_matches(id, list(numbers), n=3, cutoff=0)


def source_text(function: dict, code: Path) -> str:
    """The lines of a function, as they stand in the file now."""
    lines = (code / function["file"]).read_text(encoding="utf-8").splitlines()
    return "\n".join(lines[function["first_line"] - 1 : function["last_line"]])
