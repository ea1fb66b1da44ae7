"""`analysis/analyses.yaml`: what is declared, by entry, with the place of each key."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tracedtrial.analyses.declared.conditions import SyntaxFault
from tracedtrial.analyses.declared.file import declarations, told, unknown
from tracedtrial.analyses.declared.method import Method
from tracedtrial.analyses.declared.methods import registered
from tracedtrial.analyses.declared.model import SIZE, Analysis, Place, analysis_of
from tracedtrial.paths import ANALYSES
from tracedtrial.refusal import Refusal


def read_analyses(path: Path = ANALYSES) -> tuple[Analysis, ...]:
    """Every declared analysis in the file's order; none where there is no file.

    Raises
    ------
    Refusal
        The file is no YAML, breaks the schema beside this module, or an entry names a method,
        statistic or option that there is not; all findings, a line each with line and column.
    """
    if not path.is_file():
        return ()
    content, places = declarations(path)
    made = [_analysis(id, entry, places) for id, entry in content["analyses"].items()]
    faults = [line for _, lines in made for line in lines]
    if faults:
        raise Refusal("\n".join(f"{path}{fault}" for fault in faults))
    return tuple(analysis for analysis, _ in made if analysis)


def _analysis(
    id: str, entry: Mapping, places: Mapping[str, Place]
) -> tuple[Analysis | None, list[str]]:
    """The entry's analysis, and what is wrong in it."""
    own = {
        path.removeprefix(f"analyses/{id}").lstrip("/"): place
        for path, place in places.items()
        if f"{path}/".startswith(f"analyses/{id}/")
    }
    faults = [told(own, path, f"{id}: {fault}") for path, fault in _unknown(entry)]
    method = registered().get(entry["method"])
    known = known_statistics(method) if method else {}
    asked = {
        name: {**known.get(name, {}), **(options or {})}
        for name, options in entry["statistics"].items()
    }
    try:
        return analysis_of(id, entry, asked, own), faults
    except SyntaxFault as fault:
        where = f"data:{fault.column}"
        return None, [*faults, told(own, where, f"{id}: data must have {fault}")]


def _unknown(entry: Mapping) -> Iterator[tuple[str, str]]:
    """(path, fault) of each name of a method, statistic or option that there is not."""
    method = registered().get(entry["method"])
    if method is None:
        yield "method", unknown("method", entry["method"], registered())
        return
    for name, options in entry["statistics"].items():
        statistics = known_statistics(method)
        if name not in statistics:
            yield f"statistics/{name}", unknown("statistic", name, statistics)
            continue
        known = statistics[name]
        for option, value in (options or {}).items():
            at = f"statistics/{name}/{option}"
            if option not in known:
                yield at, unknown("option", option, known)
            elif option in method.choices and value not in method.choices[option]:
                yield at, unknown(option, str(value), method.choices[option])
            elif option == "level" and not _between(value, 0, 1):
                yield at, f"level must lie between 0 and 1, but got {value!r}"
            elif option == "months" and not _times(value):
                yield at, f"months must be a list of times not before 0, but got {value!r}"
        for option, default in known.items():
            if default is None and option not in (options or {}):
                yield f"statistics/{name}", f"{name} must have {option}, but has none"
    for key in ("value", "rows", "grades"):
        if key in entry and key not in method.asks:
            yield key, f"{key} must not be given to {method.name}, which does not use it"
    if method.groups and entry.get("total"):
        yield "total", f"total must not be given to {method.name}, which compares the groups"
    if method.groups and not entry.get("by"):
        yield "", f"by must be given to {method.name}, but is missing"
    for key in method.asks:
        if key not in entry and key in ("value", "grades"):
            yield "", f"{key} must be given to {method.name}, but is missing"


def _between(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and low < value < high


def _times(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, int | float) and one >= 0 for one in value)
    )


def known_statistics(method: Method) -> Mapping[str, Mapping[str, object]]:
    """The method's own statistics, and the size of the population."""
    return {SIZE: {}, **method.statistics}
