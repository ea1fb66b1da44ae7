"""The analyses file as it stands: held against its schema, with the place of each key."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tracedtrial.analyses.declared.model import Place
from tracedtrial.inputs.protocol.matching import nearest_spellings
from tracedtrial.inputs.protocol.reading import strict_yaml
from tracedtrial.paths import ANALYSES
from tracedtrial.refusal import Refusal

SCHEMA = Path(__file__).with_name("analyses.schema.json")


def declared_entries(root: Path) -> dict[str, object]:
    """The entries of the trial's analyses file by id, as they stand there."""
    path = root / ANALYSES
    return dict(declarations(path)[0]["analyses"]) if path.is_file() else {}


def declarations(path: Path) -> tuple[dict, Mapping[str, Place]]:
    """What the file holds, as the schema has it, and the place of each key by its path.

    Raises
    ------
    Refusal
        The file is no YAML, or breaks the schema.
    """
    content, places = strict_yaml(path), _places(path)
    faults = list(_against_schema(content, places))
    if faults:
        raise Refusal("\n".join(f"{path}{fault}" for fault in faults))
    assert isinstance(content, dict)
    return content, places


def unknown(what: str, name: str, known: Mapping | tuple[str, ...]) -> str:
    """`what` must be one that there is: the name got, and the nearest or all of the others."""
    near = nearest_spellings(name, known) or sorted(known)
    return f"{what} must be one of those known, but got {name!r} (nearest: {', '.join(near)})"


def told(places: Mapping[str, Place], path: str, fault: str) -> str:
    """`:LINE:COLUMN: FAULT`, at the place of the path or of what holds it; `PATH:N` is the
    N-th character of its text."""
    path, _, further = path.partition(":")
    while path and path not in places:
        path = path.rpartition("/")[0]
    place = places[path]
    return f":{place.line}:{place.column + int(further or 1) - 1}: {fault}"


def _against_schema(content: object, places: Mapping[str, Place]) -> Iterator[str]:
    import jsonschema  # half a second to import

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for error in sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(content), key=lambda e: e.json_path
    ):
        where = "/".join(map(str, error.absolute_path))
        yield told(places, where, error.message[:200])


def _places(path: Path) -> dict[str, Place]:
    """The place of each key and item by its path, parted by slashes."""
    with path.open(encoding="utf-8") as text:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    return dict(_walked(root, "")) if root else {"": Place(1, 1)}


def _walked(node: yaml.Node, path: str) -> Iterator[tuple[str, Place]]:
    mark = node.start_mark
    yield path, Place(mark.line + 1, mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walked(value, f"{path}/{key.value}".lstrip("/"))
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _walked(item, f"{path}/{place}".lstrip("/"))
