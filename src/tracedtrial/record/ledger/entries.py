"""The provenance appendix: one entry for each number of abstract and prose."""

from collections.abc import Iterator

from tracedtrial.record.ledger.variables import anchor
from tracedtrial.record.words.markdown import escaped

ROLES = ("supports", "against", "population", "decision")
SOURCES = {
    "data": "From the trial's data",
    "protocol": "From the protocol",
    "literature": "From the literature",
    "document": "From this document",
    "environment": "From the computing environment",
}


def provenance(ids: list[str], numbers: dict[str, dict], base: str = "") -> str:
    """Markdown of the entries, by source and then in order of first appearance.

    Where `base` is the address of the repository's files, each function is a link to its lines.
    """
    lines = ["<!-- Made by the build from build/ledger.json. -->", ""]
    for source, title in SOURCES.items():
        own = [id for id in ids if numbers[id]["source"] == source]
        if own:
            lines += [f"**{title}**", ""]
            lines += [line for id in own for line in (_entry(id, numbers[id], base), "")]
    return "\n".join(lines)


def _entry(id: str, row: dict, base: str) -> str:
    parts = "; ".join(_parts(row, base))
    return f"[`{id}`]{{#{anchor(id)} .entry}} **{escaped(row['text'])}** --- {parts}."


def _parts(row: dict, base: str) -> Iterator[str]:
    yield f"value {escaped(_shown(row['value']))}"
    if row["denominator"] is not None:
        yield f"n/N {row['n']}/{row['denominator']}"
    if row["population"]:
        yield f"population {escaped(row['population'])}"
    cited = f" [@{row['citation']}]" if row.get("citation") else ""
    yield escaped(row["method"]) + cited
    if row["section"]:
        yield f"asked by `{row['section']}`"
    for function in row["functions"]:
        yield f"`{function['name']}`, {_lines(function, base)}"
    records = [
        f"{role} {entry['count']} ({entry['patients']} patients)"
        for role, entry in sorted(row["records"].items(), key=lambda item: ROLES.index(item[0]))
    ]
    if records:
        yield "records: " + ", ".join(records)


def _lines(function: dict, base: str) -> str:
    """The function's file and lines; a link where there is an address."""
    file, first, last = function["file"], function["first_line"], function["last_line"]
    place = f"`{file}:{first}-{last}`"
    return f"[{place}]({base.rstrip('/')}/{file}#L{first}-L{last})" if base else place


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    return "NE" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)
