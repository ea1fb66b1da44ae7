"""The portfolio's index: a line for each trial with its status, key numbers and outputs.

`python -m tracedtrial.portfolio.index` writes `build/index.html` of the portfolio in the working
directory from what the jobs wrote down. Exit status 0: written. 2: could not run, and why.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.paths import FORMATS, LEDGER, RENDERED
from tracedtrial.portfolio.outcome import BUILT, FAILED, Outcome, read_outcome
from tracedtrial.portfolio.trials import PLACE, Portfolio, Trial, read_portfolio
from tracedtrial.record.ledger import read_ledger

INDEX, OUTCOMES = Path("build/index.html"), Path("build/trials")
UNFINISHED = "the job did not come to its end"
OUTPUTS = {FORMATS[suffix]: path for suffix, path in RENDERED.items()} | {"ledger": LEDGER}


@dataclass(frozen=True)
class Line:
    """One trial in the index; `numbers` in the order of the columns."""

    name: str
    status: str
    said: str
    registration: str
    reconstructed: str
    numbers: tuple[str, ...]
    links: Mapping[str, str]


def lines(asked: Portfolio) -> list[Line]:
    """A line for each trial, in the portfolio's order."""
    return [
        _line(trial, read_outcome(OUTCOMES / f"{trial.name}.json"), asked.numbers)
        for trial in asked.trials
    ]


def _line(trial: Trial, found: Outcome | None, columns: Mapping[str, tuple[str, ...]]) -> Line:
    """A failed trial shows nothing that an earlier build of it may have left."""
    if found is None or found.status != BUILT:
        said = UNFINISHED if found is None else found.line
        return Line(trial.name, FAILED, said, "", "", ("",) * len(columns), {})
    ledger = read_ledger(trial.folder / LEDGER)
    numbers = tuple(_printed(ledger["numbers"], ids) for ids in columns.values())
    links = {what: _address(trial.folder / path) for what, path in OUTPUTS.items()}
    return Line(
        trial.name,
        BUILT,
        "",
        ledger["trial"],
        "yes" if ledger["reconstructed"] else "no",
        numbers,
        links,
    )


def _printed(numbers: Mapping[str, dict], ids: tuple[str, ...]) -> str:
    """The first text, the others in brackets; an id that the ledger lacks is said to be none."""
    texts = [numbers[id]["text"] if id in numbers else f"no {id}" for id in ids]
    return texts[0] + (f" ({', '.join(texts[1:])})" if texts[1:] else "")


def _address(path: Path) -> str:
    """The way from the index to a file."""
    return quote(Path(os.path.relpath(path, INDEX.parent)).as_posix())


def page(found: list[Line], headings: list[str]) -> str:
    """The index as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("index.html").render(
        lines=found, headings=headings, built=sum(line.status == BUILT for line in found)
    )


def failures(asked: Portfolio) -> list[str]:
    """What each failed trial said, a line each."""
    return [f"{line.name}: {line.said}" for line in lines(asked) if line.status == FAILED]


@command
def main() -> None:
    """Write the page."""
    asked = read_portfolio(Path(PLACE))
    found = lines(asked)
    write_text(INDEX, page(found, list(asked.numbers)))
    print(f"{sum(line.status == BUILT for line in found)} of {len(found)} trials built")


if __name__ == "__main__":
    sys.exit(main())
