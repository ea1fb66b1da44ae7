"""A comparison on the terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tracedtrial.paths import PROTOCOL
from tracedtrial.provenance.difference.changes import CHANGED, KINDS, UNPRINTED
from tracedtrial.provenance.difference.comparison import Comparison
from tracedtrial.provenance.difference.passages import NEW, OLD, Passage, Piece

STYLES = {OLD: "red strike", NEW: "bold green"}
MARKS = {OLD: ("[-", "-]"), NEW: ("{+", "+}")}


def tell(found: Comparison, console: Console) -> None:
    """Print what differs; where styles do not show, `[-old-]` and `{+new+}` mark the texts."""
    marked = not console.is_terminal
    console.print(Text(f"{found.old.name} → {found.new.name}", style="bold"), soft_wrap=True)
    console.print(Text(found.summary), soft_wrap=True)
    _behind(found, console)
    for title, passages in (
        ("Sentences and captions", found.sentences),
        ("Figures", found.figures),
    ):
        _passages(title, passages, console, marked)
    rows = [
        (cell.table, cell.row, cell.column, _text(pieces, marked))
        for cell in found.cells
        for pieces in [_pieces(cell.old, cell.new)]
    ]
    _table(console, "Table cells", ("table", "row", "column", "text"), rows)
    for kind in KINDS:
        _changes(found, kind, console, marked)
    for note in found.notes:
        console.print(Text(f"Note: {note}."), soft_wrap=True)


def _behind(found: Comparison, console: Console) -> None:
    causes = found.causes
    rows = [("data", table.name, str(table)) for table in causes.tables]
    rows += [("code", change.file, str(change)) for change in causes.code]
    rows += [("protocol", entry.name, str(entry)) for entry in causes.protocol or ()]
    if causes.protocol is None:
        rows.append(("protocol", str(PROTOCOL), "differs; one version is not at hand"))
    rows += [("environment", entry.name, str(entry)) for entry in causes.environment]
    _table(console, "What changed behind them", ("", "where", "what"), rows)


def _passages(title: str, passages: Sequence[Passage], console: Console, marked: bool) -> None:
    if passages:
        console.print(Text(f"\n{title}", style="bold"))
    place = ""
    for passage in passages:
        if passage.place != place:
            console.print(Text(passage.place, style="italic"), soft_wrap=True)
        place = passage.place
        console.print(Text("  ") + _text(passage.pieces, marked), soft_wrap=marked)


def _changes(found: Comparison, kind: str, console: Console, marked: bool) -> None:
    apart = kind == UNPRINTED
    title = "Same text, another value" if apart else f"Numbers {kind}"
    heads = ("id", *(("text",) if apart else ()), "value" if apart else "text", "behind it")
    rows = []
    for change in found.of(kind):
        pair = _text(_pieces(*(change.values if apart else change.texts)), marked)
        rows.append(
            (
                change.id,
                *((change.texts[1],) if apart else ()),
                pair,
                "; ".join(change.causes) if kind in (CHANGED, UNPRINTED) else "",
            )
        )
    _table(console, title, heads, rows)


def _table(
    console: Console, title: str, heads: Sequence[str], rows: Iterable[Sequence[str | Text]]
) -> None:
    rows = list(rows)
    if not rows:
        return
    console.print(Text(f"\n{title}", style="bold"))
    if not console.is_terminal:
        for row in rows:
            console.print(
                Text("  ")
                + Text("  ").join(each if isinstance(each, Text) else Text(each) for each in row),
                soft_wrap=True,
            )
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(each if isinstance(each, Text) else Text(each) for each in row))
    console.print(table)


def _pieces(old: str, new: str) -> list[Piece]:
    return [Piece(kind, text) for kind, text in ((OLD, old), (NEW, new)) if text]


def _text(pieces: Iterable[Piece], marked: bool) -> Text:
    whole, before = Text(), ""
    for piece in pieces:
        first, last = MARKS.get(piece.kind, ("", "")) if marked else ("", "")
        whole.append(" " if (before, piece.kind) == (OLD, NEW) else "")
        whole.append(first + piece.text + last, style=STYLES.get(piece.kind, ""))
        before = piece.kind
    return whole
