"""The console script `audit`: each command returns whether what it asks holds."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from click import Context
from typer.core import TyperGroup

from tracedtrial.commands import COULD_NOT_RUN, command
from tracedtrial.paths import CODE, LEDGER, PROTOCOL
from tracedtrial.refusal import Refusal


class Asked(TyperGroup):
    """Commands that take --trial before or after their name, and end with their status."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        own, rest = [], list(args)
        for place, word in enumerate(args):
            if word == "--":
                break
            if word == "--trial" or word.startswith("--trial="):
                own = rest[place : place + 1 + (word == "--trial")]
                rest = rest[:place] + rest[place + len(own) :]
                break
        return super().parse_args(ctx, [*own, *rest])

    def invoke(self, ctx: Context) -> None:
        ctx.exit(super().invoke(ctx))


app = typer.Typer(
    cls=Asked,
    help="Ask a build where its numbers come from, and whether they hold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def trial(
    folder: Annotated[Path | None, typer.Option("--trial", help="The trial's folder.")] = None,
) -> None:
    """Work in the trial's folder."""
    if folder is not None:
        if not (folder / PROTOCOL).is_file():
            typer.echo(f"{folder} must be a trial's folder: it holds no {PROTOCOL}", err=True)
            raise typer.Exit(COULD_NOT_RUN)
        os.chdir(folder)


def asked(checked: Callable[..., bool | None]) -> Callable[..., int]:
    """Register the function as a command under its own name, without the underscore at its end."""
    return app.command(checked.__name__.rstrip("_"))(command(checked))


@asked
def numbers(
    pattern: Annotated[str, typer.Argument(help="Part of an id, words, or a text.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> bool:
    """Find numbers: id, text, n/N, label, population and groups of each."""
    from tracedtrial.provenance import numbers as finding

    known = finding.read_numbers()
    found = list(finding.found_numbers(pattern, known))
    if as_json:
        print(finding.as_json(found))
    elif found:
        print(finding.listing(found))
    else:
        from tracedtrial.provenance.explain import nearest

        print(f"no number is {pattern!r}; the nearest ids are {', '.join(nearest(pattern, known))}")
    return bool(found)


@asked
def explain(
    id: Annotated[str, typer.Argument(help="An id, or a printed text such as 48%.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    source: Annotated[bool, typer.Option("--source", help="Show the code.")] = False,
) -> None:
    """The whole way of a number: text, value, n/N, method, code, parents, records by role."""
    from tracedtrial.provenance.explain import explanation, ids_printing
    from tracedtrial.record.ledger import read_ledger

    numbers = read_ledger(LEDGER)["numbers"]
    printing = ids_printing(id, numbers)
    if id not in numbers and printing:
        print(json.dumps(printing, indent=1) if as_json else "\n".join(printing))
        return
    told = explanation(id, numbers)
    if as_json:
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return
    from rich.console import Console

    from tracedtrial.provenance.telling import tell

    tell(told, Console(), CODE, with_source=source)


@asked
def crosscheck() -> bool:
    """Each published number beside the derived one, and at its place in the abstract."""
    from tracedtrial.checks.crosscheck import crosschecked

    holds, text = crosschecked(Path())
    print(text)
    return holds


@asked
def lineage(
    id: Annotated[str | None, typer.Argument(help="One number; or --all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every number at once.")] = False,
    sample: Annotated[int | None, typer.Option(help="Mutants a law, by seed.")] = None,
) -> bool:
    """Try the row lineage by mutation: sound, complete, tight."""
    from tracedtrial.progress import watched
    from tracedtrial.provenance.explain import nearest
    from tracedtrial.provenance.lineage.report import proof_report
    from tracedtrial.record.ledger import read_ledger

    numbers = read_ledger(LEDGER)["numbers"]
    if every == (id is not None):
        raise Refusal("lineage must be asked of one id, or of all with --all")
    if id is not None and numbers.get(id, {}).get("source") != "data":
        near = nearest(id, [i for i, row in numbers.items() if row["source"] == "data"])
        raise Refusal(f"{id!r} is no number of the data; the nearest are {', '.join(near)}")
    with watched("lineage") as watch:
        holds, text = proof_report(Path(), only=id, sample=sample, watch=watch)
    print(text)
    return holds


@asked
def lint() -> bool:
    """Numerals typed into the manuscript source: file, line, column, token."""
    from tracedtrial.checks.lint import linted

    return linted()


@asked
def verify(file: Annotated[Path, typer.Argument(help="A PDF, DOCX, HTML or JATS file.")]) -> bool:
    """Read a rendered file back: every numeral accounted for, every number as computed."""
    from tracedtrial.checks.verify.__main__ import read_back

    return read_back(file)


@asked
def rederive() -> bool:
    """The abstract's numbers and the adverse-event table again, in SQL from the raw tables."""
    from tracedtrial.checks.rederive import reported

    return reported()


@asked
def coherence() -> bool:
    """Numbers that must agree with each other: sums, subsets, intervals, one id each."""
    from tracedtrial.checks.coherence import reported

    return reported()


@asked
def queries() -> bool:
    """Rows that the edit checks question: check, record, value, status."""
    from tracedtrial.checks.queries import listed

    return listed()


@asked
def disagreements() -> None:
    """Visits and best responses on which investigator and derivation differ."""
    from tracedtrial.checks.disagreements import listed

    listed()


@asked
def ars() -> None:
    """The results as a CDISC Analysis Results Standard reporting event, build/ars.json."""
    from tracedtrial.release.ars.event import exported

    exported()


@asked
def diff(
    old: Annotated[str, typer.Argument(help="A ledger file, a PDF or a git revision.")],
    new: Annotated[str, typer.Argument(help="The same, by default the present build's.")] = str(
        LEDGER
    ),
    markdown: Annotated[Path | None, typer.Option(help="Write it as Markdown too.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as one HTML page too.")] = None,
    old_data: Annotated[Path | None, typer.Option(help="Where OLD's raw tables are.")] = None,
    new_data: Annotated[Path | None, typer.Option(help="Where NEW's raw tables are.")] = None,
) -> bool:
    """What changed between two ledgers, why, and which sentences and cells print it."""
    from tracedtrial.provenance.difference.telling import told

    return told((old, old_data), (new, new_data), {"page.md": markdown, "page.html": html})


@asked
def rerun(
    pdf: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="PDF",
            help=("Check the ledger that a PDF carries, instead of the files built."),
        ),
    ] = None,
    same_env: Annotated[
        bool,
        typer.Option(
            "--same-env", help=("Build in this environment, not in a fresh one from the lock.")
        ),
    ] = False,
) -> bool:
    """A clean build elsewhere, every output compared byte by byte with the present one."""
    if pdf is not None:
        from tracedtrial.provenance.carried import confirmed

        return confirmed(pdf, Path())
    from tracedtrial.provenance.rerun import repeated

    return repeated(Path(), same_env=same_env)


@asked
def new(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    criteria: Annotated[str, typer.Option(help="Name of the response criteria.")] = "RECIST 1.1",
    example: Annotated[
        bool,
        typer.Option(
            "--example", help=("Fill the raw tables with a small synthetic trial's rows.")
        ),
    ] = False,
) -> None:
    """A folder to start a trial from: protocol, empty raw tables, manuscript, README."""
    from tracedtrial.new import new_trial

    files = new_trial(folder, criteria, example=example)
    print("\n".join(f"{folder}/{name}" for name in files))


@asked
def bundle(
    reader: Annotated[str | None, typer.Option("--for", help="auditor or public.")] = None,
    check: Annotated[Path | None, typer.Option(help="A bundle to verify.")] = None,
    data: Annotated[Path | None, typer.Option(help="Raw tables to confirm it with.")] = None,
) -> bool:
    """Make the auditor's or the public package, or verify one, with the data if they are given."""
    from tracedtrial.release.bundle.command import make, verify

    if (reader is None) == (check is None) or (data is not None and check is None):
        raise Refusal("bundle must be asked --for a reader, or to --check a file (with --data)")
    if check is not None:
        return verify(check, data)
    return make(Path(), reader or "")


@asked
def privacy(
    files: Annotated[list[Path] | None, typer.Argument(help="Default: all that is public.")] = None,
) -> bool:
    """Identifiers of subjects in public outputs: file, place, kind."""
    from tracedtrial.release.privacy.report import PACKED, built, report

    clean, text = report(
        Path(), {str(path): path.read_bytes() for path in files} if files else built(Path(), PACKED)
    )
    print(text)
    return clean


@asked
def lock(
    entry: Annotated[
        bool, typer.Option("--entry", help="Print the entry that locks them.")
    ] = False,
) -> bool:
    """Whether the raw tables are those that the protocol's data lock names."""
    from datetime import date

    from tracedtrial.inputs import data_lock
    from tracedtrial.inputs.protocol import read_protocol

    told = [data_lock.entry(date.today()).rstrip()] if entry else data_lock.outcome(read_protocol())
    print("\n".join(told))
    return told[0] != data_lock.DRAFT


@asked
def ledger() -> bool:
    """The ledger made again from its inputs, compared field by field with the one written."""
    from tracedtrial.checks.ledger_check import reported

    return reported()
