"""The console script `audit`."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from click import Context
from typer.core import TyperGroup

from tracedtrial.paths import CODE, LEDGER, PROTOCOL
from tracedtrial.refusal import Refusal



class AnyPlace(TyperGroup):
    """Commands that take the option --trial before or after their name."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        own, rest = [], list(args)
        for place, word in enumerate(args):
            if word == "--":
                break
            if word == "--trial" or word.startswith("--trial="):
                own = rest[place:place + 1 + (word == "--trial")]
                rest = rest[:place] + rest[place + len(own):]
                break
        return super().parse_args(ctx, [*own, *rest])


app = typer.Typer(cls=AnyPlace, help="Ask a build where its numbers come from, and whether they hold.",
                  no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def trial(folder: Annotated[Path | None, typer.Option("--trial", help="The trial's folder.")] = None
          ) -> None:
    """Work in the trial's folder."""
    if folder is not None:
        if not (folder / PROTOCOL).is_file():
            _stop(f"{folder} must be a trial's folder: it holds no analysis/protocol.yaml")
        os.chdir(folder)


@app.command()
def explain(id: Annotated[str, typer.Argument(help="An id, or a printed text such as 48%.")],
            as_json: Annotated[bool, typer.Option("--json")] = False,
            source: Annotated[bool, typer.Option("--source", help="Show the code.")] = False
            ) -> None:
    """The whole way of a number: text, value, n/N, method, code, parents, records by role."""
    from tracedtrial.provenance.explain import explanation, ids_printing
    from tracedtrial.record.ledger import read_ledger

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

    from tracedtrial.provenance.telling import tell

    tell(told, Console(), CODE, with_source=source)


@app.command()
def crosscheck() -> None:
    """Each published number beside the derived one, and at its place in the abstract."""
    from tracedtrial.checks.crosscheck import crosschecked

    try:
        holds, text = crosschecked(Path())
    except Refusal as refusal:
        _stop(str(refusal))
    print(text)
    raise typer.Exit(not holds)


@app.command()
def lineage(id: Annotated[str | None, typer.Argument(help="One number; or --all.")] = None,
            every: Annotated[bool, typer.Option("--all", help="Every number at once.")] = False,
            sample: Annotated[int | None, typer.Option(help="Mutants a law, by seed.")] = None
            ) -> None:
    """Try the row lineage by mutation: sound, complete, tight."""
    from tracedtrial.provenance.explain import nearest
    from tracedtrial.provenance.lineage.report import proof_report
    from tracedtrial.progress import watched
    from tracedtrial.record.ledger import read_ledger

    try:
        numbers = read_ledger(LEDGER)["numbers"]
        if every == (id is not None):
            _stop("lineage must be asked of one id, or of all with --all")
        if id is not None and numbers.get(id, {}).get("source") != "data":
            near = nearest(id, [i for i, row in numbers.items() if row["source"] == "data"])
            _stop(f"{id!r} is no number of the data; the nearest are {', '.join(near)}")
        with watched("lineage") as watch:
            holds, text = proof_report(Path(), only=id, sample=sample, watch=watch)
    except Refusal as refusal:
        _stop(str(refusal))
    print(text)
    raise typer.Exit(not holds)


@app.command()
def lint() -> None:
    """Numerals typed into the manuscript source: file, line, column, token."""
    from tracedtrial.checks.lint import main

    raise typer.Exit(main())


@app.command()
def verify(file: Annotated[Path, typer.Argument(help="A PDF, DOCX, HTML or JATS file.")]) -> None:
    """Read a rendered file back: every numeral accounted for, every number as computed."""
    from tracedtrial.checks.verify.__main__ import main

    raise typer.Exit(main([str(file)]))


@app.command()
def rederive() -> None:
    """The abstract's numbers and the adverse-event table again, in SQL from the raw tables."""
    from tracedtrial.checks.rederive import main

    main()


@app.command()
def coherence() -> None:
    """Numbers that must agree with each other: sums, subsets, intervals, one id each."""
    from tracedtrial.checks.coherence import main

    main()


@app.command()
def queries() -> None:
    """Rows that the edit checks question: check, record, value, status."""
    from tracedtrial.checks.queries import main

    raise typer.Exit(main())


@app.command()
def disagreements() -> None:
    """Visits and best responses on which investigator and derivation differ."""
    from tracedtrial.checks.disagreements import main

    main()


@app.command()
def ars() -> None:
    """The results as a CDISC Analysis Results Standard reporting event, build/ars.json."""
    from tracedtrial.release.ars import main

    main()


@app.command()
def diff(old: Annotated[str, typer.Argument(help="A ledger file, a PDF or a git revision.")],
         new: Annotated[str, typer.Argument(help="The same, by default the present build's.")]
         = str(LEDGER),
         markdown: Annotated[Path | None, typer.Option(help="Write it as Markdown too.")] = None,
         html: Annotated[Path | None, typer.Option(help="Write it as one HTML page too.")] = None,
         old_data: Annotated[Path | None, typer.Option(help="Where OLD's raw tables are.")] = None,
         new_data: Annotated[Path | None, typer.Option(help="Where NEW's raw tables are.")] = None,
         ) -> None:
    """What changed between two ledgers, why, and which sentences and cells print it."""
    from tracedtrial.provenance.difference.telling import told

    try:
        same = told((old, old_data), (new, new_data), {"page.md": markdown, "page.html": html})
    except Refusal as refusal:
        _stop(str(refusal))
    raise typer.Exit(not same)


@app.command()
def rerun(pdf: Annotated[Path | None, typer.Option("--from", metavar="PDF", help=(
              "Check the ledger that a PDF carries, instead of the files built."))] = None,
          same_env: Annotated[bool, typer.Option("--same-env", help=(
              "Build in this environment, not in a fresh one from the lock."))] = False) -> None:
    """A clean build elsewhere, every output compared byte by byte with the present one."""
    try:
        if pdf is not None:
            from tracedtrial.provenance.carried import main

            held = main(pdf, Path())
        else:
            from tracedtrial.provenance.rerun import main

            held = main(Path(), same_env=same_env)
    except Refusal as refusal:
        _stop(str(refusal))
    raise typer.Exit(not held)


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
        criteria: Annotated[str, typer.Option(help="Name of the response criteria.")]
        = "RECIST 1.1") -> None:
    """A folder to start a trial from: protocol, empty raw tables, manuscript, README."""
    from tracedtrial.new import new_trial

    try:
        files = new_trial(folder, criteria)
    except Refusal as refusal:
        _stop(str(refusal))
    print("\n".join(f"{folder}/{name}" for name in files))


@app.command()
def bundle(reader: Annotated[str | None, typer.Option("--for", help="auditor or public.")] = None,
           check: Annotated[Path | None, typer.Option(help="A bundle to verify.")] = None,
           data: Annotated[Path | None, typer.Option(help="Raw tables to confirm it with.")] = None
           ) -> None:
    """Make the auditor's or the public package, or verify one, with the data if they are given."""
    from tracedtrial.release.bundle.command import make, verify

    if (reader is None) == (check is None) or (data is not None and check is None):
        _stop("bundle must be asked --for a reader, or to --check a file (with --data)")
    try:
        status = make(Path(), reader) if check is None else verify(check, data)
    except Refusal as refusal:
        _stop(str(refusal))
    except OSError as error:
        _stop(f"{error.filename or check} must be readable: {error.strerror}")
    raise typer.Exit(status)


@app.command()
def privacy(files: Annotated[list[Path] | None, typer.Argument(help="Default: all that is public.")
                             ] = None) -> None:
    """Identifiers of subjects in public outputs: file, place, kind."""
    from tracedtrial.release.privacy.report import PACKED, built, report

    try:
        clean, text = report(Path(), {str(path): path.read_bytes() for path in files} if files
                             else built(Path(), PACKED))
    except Refusal as refusal:
        _stop(str(refusal))
    except OSError as error:
        _stop(f"{error.filename} must be readable: {error.strerror}")
    print(text)
    raise typer.Exit(not clean)


@app.command()
def lock(entry: Annotated[bool, typer.Option("--entry", help="Print the entry that locks them.")
                          ] = False) -> None:
    """Whether the raw tables are those that the protocol's data lock names."""
    from datetime import date

    from tracedtrial.inputs import data_lock
    from tracedtrial.inputs.protocol import read_protocol

    try:
        told = ([data_lock.entry(date.today()).rstrip()] if entry
                else data_lock.outcome(read_protocol()))
    except (Refusal, OSError) as refusal:
        _stop(str(refusal))
    print("\n".join(told))
    raise typer.Exit(told[0] == data_lock.DRAFT)


@app.command("ledger")
def ledger_check() -> None:
    """The ledger made again from its inputs, compared field by field with the one written."""
    from tracedtrial.checks.ledger_check import main

    main()


@app.command()
def mutants(sample: Annotated[int | None, typer.Option(help="Mutants in all.")] = None,
            seed: Annotated[int | None, typer.Option(help="Another choice of them.")] = None
            ) -> None:
    """Plant errors one at a time, and count how many are caught and by what."""
    from proofs.mutants.__main__ import run

    raise typer.Exit(run(sample, seed))


def _stop(message: str) -> None:
    print(message, file=sys.stderr)
    raise typer.Exit(2)
