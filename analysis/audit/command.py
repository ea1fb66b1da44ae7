"""The console script `audit`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.modules import PACKAGE
from analysis.refusal import Refusal

app = typer.Typer(help="Ask a build where its numbers come from, and whether they hold.",
                  no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
LEDGER = Path("build/ledger.json")


@app.callback()
def trial(folder: Annotated[Path | None, typer.Option("--trial", help="The trial's folder.")] = None
          ) -> None:
    """Work in the trial's folder."""
    import os

    if folder is not None:
        if not (folder / "protocol.yaml").is_file():
            _stop(f"{folder} must be a trial's folder: it holds no protocol.yaml")
        os.chdir(folder)


@app.command()
def explain(id: Annotated[str, typer.Argument(help="An id, or a printed text such as 48%.")],
            as_json: Annotated[bool, typer.Option("--json")] = False,
            source: Annotated[bool, typer.Option("--source", help="Show the code.")] = False
            ) -> None:
    """The whole way of a number: text, value, n/N, method, code, parents, records by role."""
    from analysis.audit.explain import explanation, ids_printing
    from analysis.ledger import read_ledger

    try:
        numbers = read_ledger(LEDGER)["numbers"]
        printing = ids_printing(id, numbers)
        if id not in numbers and printing:
            print(json.dumps(printing, indent=1) if as_json else "\n".join(printing))
            return
        told = explanation(id, numbers)
    except Refusal as refusal:
        _stop(str(refusal))
    if as_json:
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return
    from rich.console import Console

    from analysis.audit.telling import tell

    tell(told, Console(), PACKAGE.parent, with_source=source)


@app.command()
def crosscheck() -> None:
    """Each published number beside the derived one."""
    from analysis.audit.crosscheck import PUBLISHED, comparisons, report
    from analysis.ledger import read_ledger

    try:
        compared = comparisons(PUBLISHED, read_ledger(LEDGER)["numbers"])
    except Refusal as refusal:
        _stop(str(refusal))
    print(report(compared))
    raise typer.Exit(not all(comparison.equal for comparison in compared))


def _stop(message: str) -> None:
    print(message, file=sys.stderr)
    raise typer.Exit(2)
