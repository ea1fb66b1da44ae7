"""Which trials a portfolio has: what its `config.yaml` says, checked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.paths import PROTOCOL
from tracedtrial.refusal import Refusal, refusal

PLACE = "config.yaml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PARTS = ("data", "manuscript")


@dataclass(frozen=True)
class Trial:
    """A trial of the portfolio; `folder` as the configuration has it."""

    name: str
    folder: Path


@dataclass(frozen=True)
class Portfolio:
    """The trials in their order, and the ids of the numbers in each column of the index."""

    trials: tuple[Trial, ...]
    numbers: Mapping[str, tuple[str, ...]]

    def trial(self, name: str) -> Trial:
        """The trial of that name."""
        found = {trial.name: trial for trial in self.trials}
        if name not in found:
            raise refusal("trial", f"be one of {', '.join(found)}", name, PLACE)
        return found[name]


def portfolio(config: Mapping) -> Portfolio:
    """The portfolio of a configuration: `trials` (folder, name) and `numbers` (heading: ids).

    Raises
    ------
    Refusal
        A part is missing or of another kind, a name is no plain file name, or two trials share
        a name or a folder.
    """
    if not isinstance(config, Mapping):
        raise refusal("portfolio", "be a mapping of trials and numbers", config, PLACE)
    rows = config.get("trials")
    if not isinstance(rows, list) or not rows:
        raise refusal("trials", "be a list of at least one trial", rows, PLACE)
    trials = tuple(_trial(row, place) for place, row in enumerate(rows, 1))
    for what in ("name", "folder"):
        _refuse_twice(what, [str(getattr(trial, what)) for trial in trials])
    return Portfolio(trials, _numbers(config.get("numbers", {})))


def _trial(row: object, place: int) -> Trial:
    where = f"{PLACE}, trial {place}"
    if not isinstance(row, Mapping) or not isinstance(row.get("folder"), str):
        raise refusal("trial", "have a folder", row, where)
    folder = Path(row["folder"])
    name = row.get("name", folder.name)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise refusal("name", "be letters, digits, '.', '_' or '-'", name, where)
    return Trial(name, folder)


def _refuse_twice(what: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise refusal(what, "belong to one trial", twice[0], PLACE, values.count(twice[0]))


def _numbers(columns: object) -> dict[str, tuple[str, ...]]:
    """Headings with their ids; one id may stand alone."""
    if not isinstance(columns, Mapping):
        raise refusal("numbers", "be a mapping of headings to ids", columns, PLACE)
    found = {
        str(heading): (ids,) if isinstance(ids, str) else tuple(ids or ())
        for heading, ids in columns.items()
    }
    for heading, ids in found.items():
        if not ids or not all(isinstance(id, str) for id in ids):
            raise refusal(f"numbers: {heading}", "name ids of the ledger", list(ids), PLACE)
    return found


def read_portfolio(path: Path) -> Portfolio:
    """The portfolio that a file describes."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        told = str(error).splitlines()[0]
        raise Refusal(f"{path.name} must be readable YAML in UTF-8: {told}") from None
    return portfolio(content)


def inputs(trial: Trial) -> list[str]:
    """The trial's own files that no build makes, those that are there."""
    return sorted(map(str, _inputs(trial.folder)))


def _inputs(folder: Path) -> Iterator[Path]:
    if (folder / PROTOCOL).is_file():
        yield folder / PROTOCOL
    for part in PARTS:
        for path in (folder / part).rglob("*"):
            hidden = any(
                name[0] in "._" and name != "_quarto.yml" for name in path.relative_to(folder).parts
            )
            if path.is_file() and not hidden:
                yield path
