"""Names that the protocol matches with the raw tables: none may match nothing in silence.

An entry's place is written as the second derivation has it, members of a list from 0 on.

A name is a preferred term, a class, a drug or a test as a table writes it. Whether a name that
matches is analysed rightly is no matter of this module. Codes whose absence says nothing (dose
levels, the expansion cohort, the codes of a characteristic) are named here only where the data
hold a value that no code matches.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tracedtrial.refusal import Refusal

if TYPE_CHECKING:
    import pandas as pd

NEAREST, LEAST = 3, 0.6
_BRITISH = (("ae", "e"), ("oe", "e"), ("our", "or"), ("isation", "ization"), ("yse", "yze"))


@dataclass(frozen=True)
class Name:
    """A name of the protocol at its entry, the column that should hold it, and whether it may not.

    `excused` is the entry's `may_be_absent`.
    """

    entry: str
    domain: str
    column: str
    text: str
    excused: bool = False


def check_names(
    protocol: dict, tables: Mapping[str, "pd.DataFrame"], files: Iterable[str] = ()
) -> None:
    """Refuse names of the protocol that no row has, and rows that spell one otherwise.

    `tables` are the accepted raw tables by domain, `files` their places.

    Raises
    ------
    Refusal
        Every finding of both kinds, one line each: entry, rule, name, table, rows, and the
        nearest spellings that the data have.
    """
    found = [*_unmatched(protocol, tables, files), *_otherwise_spelled(protocol, tables, files)]
    if found:
        raise Refusal("\n".join(dict.fromkeys(found)))


def names(protocol: dict) -> Iterator[Name]:
    """Every name of which the protocol says that a row has it."""
    for drug, entry in protocol["drugs"].items():
        yield Name(f"drugs.{drug}", "ex", "EXTRT", drug, _excused(entry))
    baseline = protocol["baseline"]
    for entry in baseline["characteristics"]:
        if "test" in entry:
            yield Name(
                f"baseline.characteristics.{entry['id']}.test",
                "sc",
                "SCTESTCD",
                entry["test"],
                _excused(entry),
            )
    for entry in baseline.get("refractory", []):
        yield from _each(f"baseline.refractory.{entry['id']}", entry, {"drugs": ("cm", "CMDECOD")})
    for test, entry in protocol.get("laboratory", {}).get("tests", {}).items():
        yield Name(f"laboratory.tests.{test}", "lb", "LBTESTCD", test, _excused(entry))
    events = {
        "terms": ("ae", "AEDECOD"),
        "classes": ("ae", "AEBODSYS"),
        "not_classes": ("ae", "AEBODSYS"),
    }
    for place, condition in enumerate(protocol["dlt"]["definition"]["any"]):
        yield from _each(f"dlt.definition.any.{place}", condition, events)
    for name, group in protocol["safety"]["groups"].items():
        yield from _each(f"safety.groups.{name}", group, events)


def nearest_spellings(name: str, values: Iterable[str]) -> list[str]:
    """At most three of the values, the nearest first.

    Case, blanks, hyphens and British spelling count for nothing; where only they differ, that
    value alone is the nearest.

    Examples
    --------
    >>> nearest_spellings("Anemia", ["ANAEMIA", "Amnesia", "Fatigue"])
    ['ANAEMIA']
    >>> nearest_spellings("Anmia", ["ANAEMIA", "Amnesia", "Fatigue"])
    ['ANAEMIA', 'Amnesia']
    """
    by_fold: dict[str, list[str]] = {}
    for value in sorted(values):
        by_fold.setdefault(_folded(value), []).append(value)
    own = _folded(name)
    close = [own] if own in by_fold else get_close_matches(own, by_fold, NEAREST, LEAST)
    return [value for fold in close for value in by_fold[fold]][:NEAREST]


def _each(entry: str, content: dict, columns: Mapping[str, tuple[str, str]]) -> Iterator[Name]:
    for key, (domain, column) in columns.items():
        for text in content.get(key, []):
            yield Name(f"{entry}.{key}", domain, column, text, _excused(content))


def _excused(entry: dict) -> bool:
    return bool(entry.get("may_be_absent", False))


def _unmatched(
    protocol: dict, tables: Mapping[str, "pd.DataFrame"], files: Iterable[str]
) -> Iterator[str]:
    for name in names(protocol):
        held = _held(tables, name.domain, name.column)
        if not name.excused and name.text not in held:
            yield _line(name.entry, name.text, name.domain, name.column, tables, files)
    for entry in protocol["baseline"]["characteristics"]:
        if "column" in entry and entry["kind"] == "category":
            yield from _unmatched_codes(entry, tables, files)


def _unmatched_codes(
    entry: dict, tables: Mapping[str, "pd.DataFrame"], files: Iterable[str]
) -> Iterator[str]:
    """Codes of a column that no patient has, where some has a value of no code; or that value.

    The value is refused where every code is some patient's: it would be in no row (BASE-2).
    """
    codes, column = [str(code) for code in entry["levels"]], entry["column"]
    place, held = f"baseline.characteristics.{entry['id']}.levels", _held(tables, "dm", column)
    strange, unused = sorted(held - {*codes, ""}), [code for code in codes if code not in held]
    for code in unused if strange else ():
        yield _line(place, code, "dm", column, tables, files)
    for value in strange if not unused else ():
        rows = int((tables["dm"][column].astype(str) == value).sum())
        yield (
            f"{column} must be {' or '.join(codes)} as {place} has it, but got {value!r} "
            f"({_place('dm', files)}; {_rows(rows)})"
        )


def _otherwise_spelled(
    protocol: dict, tables: Mapping[str, "pd.DataFrame"], files: Iterable[str]
) -> Iterator[str]:
    """Values that are a declared name but for what a fold takes away, beside it or excused."""
    declared: dict[tuple[str, str], dict[str, Name]] = {}
    for name in names(protocol):
        declared.setdefault((name.domain, name.column), {}).setdefault(name.text, name)
    for (domain, column), own in declared.items():
        held = _held(tables, domain, column)
        folds = {_folded(text): name for text, name in own.items() if text in held or name.excused}
        for value in sorted(held - own.keys()):
            if meant := folds.get(_folded(value)):
                rows = int((tables[domain][column].astype(str) == value).sum())
                yield (
                    f"{column} must be written as {meant.entry} writes it, {meant.text!r}, but "
                    f"got {value!r} ({_place(domain, files)}; {_rows(rows)})"
                )


def _line(
    entry: str,
    text: str,
    domain: str,
    column: str,
    tables: Mapping[str, "pd.DataFrame"],
    files: Iterable[str],
) -> str:
    held = _held(tables, domain, column) - {""}
    near = [repr(value) for value in nearest_spellings(text, held)]
    told = f"nearest: {', '.join(near)}" if near else "no value is near"
    rows = len(tables[domain]) if domain in tables else 0
    return (
        f"{entry} must name a value of {column}, but got {text!r}, which none of "
        f"{_rows(rows)} has (analysis/protocol.yaml; {_place(domain, files)}; {told})"
    )


def _held(tables: Mapping[str, "pd.DataFrame"], domain: str, column: str) -> set[str]:
    return set(tables[domain][column].astype(str).unique()) if domain in tables else set()


def _place(domain: str, files: Iterable[str]) -> str:
    """The table's file; its name where the files are not told."""
    return next((file for file in files if re.search(rf"(^|/){domain}\.[^/]+$", file)), domain)


def _rows(count: int) -> str:
    return f"{count:,} row" + "s" * (count != 1)


def _folded(text: str) -> str:
    """Casefolded, blanks and hyphens single, British spelling as American."""
    folded = " ".join(text.casefold().replace("-", " ").split())
    for british, american in _BRITISH:
        folded = folded.replace(british, american)
    return folded
