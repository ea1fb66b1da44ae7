"""The birth certificate of each number, short: what is shared is named by its place in a list."""

from collections.abc import Mapping, Sequence

from tracedtrial.provenance.places import place
from tracedtrial.rendering.tips import shown

KEPT = (
    "text",
    "forms",
    "unit",
    "statistic",
    "population",
    "n",
    "denominator",
    "method",
    "reference",
    "parents",
    "source",
    "section",
    "citation",
)


def certificates(
    numbers: Mapping[str, dict], protocol: dict, sets: Sequence[str], functions: Sequence[tuple]
) -> dict[str, dict]:
    """id -> certificate. `sets` and `functions` are the keys of the lists that places point to.

    What is empty is left out. `dataset` and `analysis` are those of the reporting event.
    """
    set_at = {name: at for at, name in enumerate(sets)}
    function_at = {key: at for at, key in enumerate(functions)}
    return {
        id: _kept(row)
        | _placed(id, row, protocol)
        | {
            "value": shown(row["value"]),
            "inputs": list(row["inputs"]),
            "functions": [function_at[f["module"], f["name"]] for f in row["functions"]],
            "records": {role: set_at[entry["set"]] for role, entry in row["records"].items()},
        }
        for id, row in numbers.items()
    }


def _kept(row: Mapping) -> dict:
    return {name: row[name] for name in KEPT if row.get(name) not in (None, "", [], {})}


def _placed(id: str, row: dict, protocol: dict) -> dict:
    """Dataset, variable and analysis of a number that comes from data."""
    if row["source"] != "data":
        return {}
    topic = place(id, row, protocol).topic
    return {"dataset": topic.place, "analysis": topic.name}
