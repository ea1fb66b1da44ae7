"""`analysis/protocol.yaml`, checked by its JSON Schema and by the references within it."""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from tracedtrial.paths import PROTOCOL
from tracedtrial.refusal import Refusal, refusal

SCHEMA = Path(__file__).with_name("protocol.schema.json")


class StrictLoader(yaml.SafeLoader):  # the C loader crashes on nesting without end
    """YAML without tags that build objects, without aliases, and without a key given twice.

    A few lines of aliases of aliases can stand for more values than fit into a machine.
    """

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise refusal(
                "value",
                "be written out, without an alias",
                f"*{event.anchor}",
                f"line {event.start_mark.line + 1}",
            )
        return super().compose_node(parent, index)


def _mapping(loader: yaml.Loader, node: yaml.MappingNode) -> dict:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key, (key_node, _) in zip(keys, node.value, strict=True):
        place = f"line {key_node.start_mark.line + 1}"
        if not isinstance(key, str):
            raise refusal("key", "be text", key, place)
        if keys.count(key) > 1:
            raise refusal("key", "be given once", key, place)
    return dict(zip(keys, (loader.construct_object(v, deep=True) for _, v in node.value)))


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_protocol(path: Path = PROTOCOL) -> dict:
    """The protocol as plain nested dicts and lists, every entry as it stands in the file.

    Raises
    ------
    Refusal
        The file is no UTF-8 YAML, breaks the JSON Schema beside this module, lacks what an
        entry needs, or names a drug, population or dose level that it does not define.
    """
    protocol = strict_yaml(path)
    _check_schema(protocol, path)
    for name, rule, value in (*_unclear_entries(protocol), *_broken_references(protocol)):
        raise refusal(name, rule, value, str(path))
    return protocol


def strict_yaml(path: Path) -> object:
    """The content of a YAML file; a key given twice, or a tag that builds objects, is refused."""
    try:
        with Path(path).open(encoding="utf-8") as text:
            return yaml.load(text, Loader=StrictLoader)
    except Refusal as error:
        raise Refusal(f"{path}: {error}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Refusal(f"{path} must be YAML in UTF-8: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from None


def _check_schema(protocol: object, path: Path) -> None:
    import jsonschema  # half a second to import

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
    errors = sorted(validator.iter_errors(protocol), key=lambda error: error.json_path)
    if errors:
        place = errors[0].json_path.removeprefix("$.")
        more = f" ({len(errors)} findings in all)" if len(errors) > 1 else ""
        raise Refusal(f"{path}, {place}: {errors[0].message[:200]}{more}")


def _unclear_entries(protocol: dict) -> Iterator[tuple[str, str, object]]:
    """Entries that need one of two keys and have both or neither; categories without levels."""
    characteristics = protocol["baseline"]["characteristics"]
    tests = protocol.get("laboratory", {}).get("tests", {})
    summaries = protocol["response"]["summaries"]
    either = [
        (f"baseline.characteristics.{e['id']}", e, ("column", "test")) for e in characteristics
    ]
    either += [(f"laboratory.tests.{name}", e, ("unit", "values")) for name, e in tests.items()]
    either += [(f"response.summaries.{e['id']}", e, ("at_least", "equal")) for e in summaries]
    for place, entry, (one, other) in either:
        if (one in entry) == (other in entry):
            yield place, f"have either {one} or {other}", sorted(entry)
    for entry in characteristics:
        if entry["kind"] == "median" and entry.get("column", "AGE") != "AGE":
            yield f"baseline.characteristics.{entry['id']}.column", "be AGE", entry["column"]
        if entry["kind"] == "category" and "levels" not in entry:
            yield f"baseline.characteristics.{entry['id']}", "have levels", sorted(entry)


def _broken_references(protocol: dict) -> Iterator[tuple[str, str, object]]:
    drugs, populations = protocol["drugs"], protocol["populations"]
    if not {"treated", "evaluable"} <= set(populations):
        yield "populations", "define treated and evaluable", sorted(populations)
    for level, entry in protocol["dose_levels"].items():
        if set(entry["doses"]) != set(drugs):
            yield f"dose_levels.{level}.doses", "name every drug once", sorted(entry["doses"])
    recommended = protocol["escalation"].get("recommended", {}).get("level")
    if recommended is not None and recommended not in protocol["dose_levels"]:
        yield (
            "escalation.recommended.level",
            f"be a dose level of the protocol ({', '.join(protocol['dose_levels'])})",
            recommended,
        )
    seen: list[str] = []
    for name, entry in populations.items():
        if "of" in entry and entry["of"] not in seen:
            yield f"populations.{name}.of", "be a population defined above it", entry["of"]
        seen.append(name)
    asked = {
        f"endpoints.{name}.population": protocol["endpoints"][name]["population"]
        for name in ("pfs", "os", "response_duration", "followup")
    }
    asked["safety.population.value"] = protocol["safety"]["population"]["value"]
    asked["response.population.value"] = protocol["response"]["population"]["value"]
    for place, name in asked.items():
        if name not in populations:
            yield place, "be a defined population", name
    for group in protocol["safety"].get("infrequent", {}).get("of", []):
        if group not in protocol["safety"]["groups"]:
            yield "safety.infrequent.of", "be a defined event group", group
    if sum(drug.get("escalated", False) for drug in drugs.values()) != 1:
        yield "drugs", "have exactly one that is escalated", sorted(drugs)
