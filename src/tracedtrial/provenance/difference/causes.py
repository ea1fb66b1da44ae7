"""What changed behind the numbers: raw tables, code, protocol, environment."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.paths import PROTOCOL, RAW
from tracedtrial.provenance.difference.contents import Contents
from tracedtrial.provenance.difference.functions import changed_functions
from tracedtrial.provenance.difference.rows import TableChange, table_change
from tracedtrial.provenance.difference.sides import Side


@dataclass(frozen=True)
class CodeChange:
    """A file of code whose content differs, and which of its functions do.

    `functions` is None where a version of the file is not at hand, and empty where nothing but
    comments and layout differ.
    """

    file: str
    functions: tuple[str, ...] | None

    def __str__(self) -> str:
        if self.functions is None:
            return "differs; its functions cannot be named, for one version is not at hand"
        return ", ".join(self.functions) or "comments or layout only"


@dataclass(frozen=True)
class Entry:
    """A named entry with its texts on both sides; None where a side has none."""

    name: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        return f"{_shown(self.old)} → {_shown(self.new)}"


@dataclass(frozen=True)
class Causes:
    """What differs behind two ledgers; `protocol` is None where its entries are not at hand."""

    tables: tuple[TableChange, ...] = ()
    code: tuple[CodeChange, ...] = ()
    protocol: tuple[Entry, ...] | None = ()
    environment: tuple[Entry, ...] = ()

    @property
    def none(self) -> bool:
        return not (
            self.tables or self.code or self.protocol is None or self.protocol or self.environment
        )

    @property
    def working_code(self) -> tuple[CodeChange, ...]:
        """Changes of code beyond comments and layout."""
        return tuple(change for change in self.code if change.functions != ())


def causes(old: Side, new: Side, contents: Contents) -> Causes:
    """Everything that the two ledgers record differently of what numbers are made from."""
    differ = [
        name
        for name in {**old.hashes, **new.hashes}
        if old.hashes.get(name) != new.hashes.get(name)
    ]
    tables = [_table_change(paths, old, new, contents) for paths in _by_table(differ)]
    protocol = (
        _protocol(*_both(str(PROTOCOL), old, new, contents)) if str(PROTOCOL) in differ else ()
    )
    environment = [
        Entry(id.partition(".")[2], one, other)
        for id, one, other in _texts(old, new, "environment")
        if one != other
    ]
    return Causes(
        tuple(tables), tuple(_code(old, new, differ, contents)), protocol, tuple(environment)
    )


def of_number(old: dict | None, new: dict | None, found: Causes) -> tuple[str, ...]:
    """What of the causes lies behind one number: its own tables and functions, code, protocol.

    A number of the data whose tables, functions, code and protocol are the same can have changed
    through the environment alone.
    """
    source = (new or old)["source"]
    if source != "data":
        return ({"literature": "literature.yml", "document": "manuscript"}.get(source, source),)
    rows = [row for row in (old, new) if row]
    inputs = {name for row in rows for name in row["inputs"]}
    told = [f"data ({Path(table.name).stem})" for table in found.tables if table.name in inputs]
    own = _functions(old or {}).items() ^ _functions(new or {}).items() if len(rows) == 2 else ()
    named = sorted({name for name, _ in own})
    told += [f"code ({', '.join(named)})"] if named else ["code"] if found.working_code else []
    told += ["protocol"] if found.protocol is None or found.protocol else []
    return tuple(told) or (("environment",) if found.environment else ("nothing recorded",))


def _by_table(names: list[str]) -> list[list[str]]:
    """The raw files among the names, each table's together: it may come in another format."""
    found: dict[str, list[str]] = {}
    for name in names:
        if Path(name).parent == RAW:
            found.setdefault(Path(name).stem, []).append(name)
    return list(found.values())


def _table_change(names: list[str], old: Side, new: Side, contents: Contents) -> TableChange:
    before, after = ([name for name in names if name in side.hashes] for side in (old, new))
    name, old_name = (after or before)[0], (before or after)[0]
    return table_change(
        name, _both(old_name, old, new, contents)[0], _both(name, old, new, contents)[1], old_name
    )


def _both(name: str, old: Side, new: Side, contents: Contents) -> list[bytes | None]:
    return [
        contents.of(name, side.hashes[name]) if name in side.hashes else b"" for side in (old, new)
    ]


def _code(old: Side, new: Side, differ: list[str], contents: Contents) -> Iterator[CodeChange]:
    """Files of code by their hashes, and functions by the numbers that name them."""
    recorded = {side.name: "code" in side.ledger for side in (old, new)}
    if all(recorded.values()):
        for name in (
            name for name in differ if not name.startswith(str(RAW)) and name != str(PROTOCOL)
        ):
            versions = _both(name, old, new, contents)
            if not name.endswith(".py"):
                yield CodeChange(name, ("data file",))
            else:
                yield CodeChange(name, None if None in versions else changed_functions(*versions))
        return
    before, after = (_all_functions(side) for side in (old, new))
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    for file in sorted({file for file, _ in changed}):
        yield CodeChange(file, tuple(sorted(name for at, name in changed if at == file)))


def _all_functions(side: Side) -> dict[tuple[str, str], str]:
    return {
        (function["file"], function["name"]): function["sha256"]
        for row in side.numbers.values()
        for function in row.get("functions", ())
    }


def _functions(row: dict) -> dict[str, str]:
    return {function["name"]: function["sha256"] for function in row.get("functions", ())}


def _protocol(old: bytes | None, new: bytes | None) -> tuple[Entry, ...] | None:
    if old is None or new is None:
        return None
    before, after = (dict(leaves(_yaml(content))) for content in (old, new))
    return tuple(
        Entry(name, before.get(name), after.get(name))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    )


def _yaml(content: bytes) -> object:
    import yaml

    return yaml.safe_load(content)


def leaves(node: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Dotted path -> text of every entry; members of a list go by their id, else their place.

    Examples
    --------
    >>> dict(leaves({"dlt": {"window": {"days": 28}}, "of": [{"id": "orr", "equal": True}]}))
    {'dlt.window.days': '28', 'of.orr.id': 'orr', 'of.orr.equal': 'True'}
    """
    if isinstance(node, dict):
        inner = node.items()
    elif isinstance(node, list) and any(isinstance(each, dict | list) for each in node):
        inner = [
            (each.get("id", place) if isinstance(each, dict) else place, each)
            for place, each in enumerate(node)
        ]
    else:
        yield name, str(node)
        return
    for key, value in inner:
        yield from leaves(value, f"{name}.{key}" if name else str(key))


def _texts(old: Side, new: Side, source: str) -> Iterator[tuple[str, str | None, str | None]]:
    for id in {**old.numbers, **new.numbers}:
        rows = [side.numbers.get(id) for side in (old, new)]
        if any(row and row["source"] == source for row in rows):
            yield id, *(row["text"] if row else None for row in rows)


def _shown(text: str | None) -> str:
    return "none" if text is None else text
