"""Numerals of tables and figures: each text at its row and column, and what a figure draws."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracedtrial.checks.terms import term_spans
from tracedtrial.checks.verify.account import LEDGER, STRUCTURAL, TERMS, Account, Span
from tracedtrial.checks.verify.pieces import compact, found_in, stands
from tracedtrial.checks.verify.prose import claimed_spans, prose
from tracedtrial.checks.verify.rendered import CELL_END, Part, Rendered


@dataclass(frozen=True)
class Cell:
    """A text of a table as the build made it, and where it stands there."""

    made: dict
    where: str
    closed: bool = True  # a cell of the grid; a note is none

    @property
    def text(self) -> str:
        return self.made["text"]

    def spans(self, shown: str, account: Account) -> Iterator[Span]:
        """Spans of a shown text that are ledger numbers, labels of the protocol or terms."""
        named = term_spans(shown, account.built.labels(self.made.get("origin", "")))
        at = 0
        for id, text in zip(self.made.get("ids", ()), self.made.get("texts", ()), strict=True):
            place = _beside(named, shown, text, at)
            if place and account.built.prints(id, text):
                yield Span(*place, LEDGER)
                at = place[1]
        for start, end, _ in [*named, *term_spans(shown, account.built.terms)]:
            yield Span(start, end, TERMS)


def _beside(
    named: list[tuple[int, int, str]], shown: str, text: str, at: int
) -> tuple[int, int] | None:
    """Where a number's text stands from `at` on, outside labels: `level 3 (n = 3)` has its second.

    Within one where it stands nowhere else.
    """
    first = place = found_in(shown, text, at)
    while place:
        over = [end for start, end, _ in named if start < place[1] and place[0] < end]
        if not over:
            return place
        place = found_in(shown, text, max(over))
    return first


def captioned(part: Part, account: Account) -> None:
    """A caption, and what follows it: a table's rows and notes if it is one, then running text."""
    if not part.key.startswith("Table"):
        return prose(part, account)
    cells = _cells(account.built.grid(part.key))
    start = _begin(part.text, [cell.text for cell in cells])
    if start is None:
        account.fault(
            part.place(0),
            part.key,
            f"{part.key} must begin with the head that the build made, but it is not there",
        )
        return prose(part, account)
    account.tables.add(part.key)
    end = _table(part.cut(start, len(part.text)), cells, account)
    prose(part.cut(0, start), account)
    prose(part.cut(start + end, len(part.text)), account)


def table(part: Part, account: Account) -> None:
    """A table's rows and notes, cell by cell."""
    account.tables.add(part.key)
    end = _table(part, _cells(account.built.grid(part.key)), account)
    prose(part.cut(end, len(part.text)), account)


def _cells(grid: dict) -> list[Cell]:
    """Head, rows and notes of a table in reading order."""
    name = grid["name"]
    heads = [column["text"] for column in grid["columns"]]
    cells = [Cell(column, f"table {name}, head") for column in grid["columns"]]
    above = ""
    for row in grid["rows"]:
        label = row["label"]["text"]
        above = above if row["level"] else label
        called = f"{above}: {label}" if row["level"] else label
        texts = zip(heads, [row["label"], *row["cells"]], strict=True)
        cells += [
            Cell(made, f"table {name}, row '{called}', column '{head}'") for head, made in texts
        ]
    return cells + [Cell(note, f"table {name}, note", False) for note in grid["notes"]]


def _begin(text: str, wanted: list[str]) -> int | None:
    """Where the table begins: at its whole head, or at what of it is there."""
    for first in (wanted[:3], wanted[:2], wanted[:1], wanted[1:3]):
        found = found_in(text, "".join(first), 0)
        if found:
            return found[0]
    return None


def _table(part: Part, cells: list[Cell], account: Account) -> int:
    """Class the numerals of a table at the beginning of the part; where it ends."""
    shown = _with_repeated_heads(part, cells)
    ends = CELL_END if CELL_END in part.text else ""
    found = stands(part.text, [cell.text + ends * cell.closed for cell in shown])
    part = part.cut(0, found[-1].end)
    spans = list(claimed_spans(part, account))
    for cell, stand in zip(shown, found, strict=True):
        if stand.equal:
            spans += [
                Span(stand.start + span.start, stand.start + span.end, span.kind)
                for span in cell.spans(part.text[stand.start : stand.end], account)
            ]
        else:
            spans.append(Span(stand.start, stand.end, ""))
            account.orphan(
                part, (stand.start, stand.end), f"stands in {cell.where} for '{cell.text}'"
            )
    account.classify(part, spans)
    return len(part.text)


def _with_repeated_heads(part: Part, cells: list[Cell]) -> list[Cell]:
    """The cells, with the head again before each row that follows it on a later page."""
    columns = sum(cell.where.endswith(", head") for cell in cells)
    heads, rest = cells[:columns], cells[columns:]
    head = compact("".join(cell.text for cell in heads))
    shown, out, at = compact(part.text), list(heads), len(head)
    for index in range(0, len(rest), columns):
        row = rest[index : index + columns]
        ahead = compact("".join(cell.text for cell in row))
        if shown.startswith(head, at) and not shown.startswith(ahead, at):
            out, at = out + heads, at + len(head)
        out, at = out + row, at + len(ahead)
    return out


def shown_displays(rendered: Rendered, account: Account) -> None:
    """Every table is shown; what each figure draws, and whether its picture is that drawn."""
    for called, name in account.built.displays.values():
        if called.startswith("Table") and called not in account.tables:
            account.fault("", called, f"{called} ({name}) is not shown")
        if called.startswith("Figure"):
            _drawn_texts(called, account)
            same = rendered.pictures.get(called)
            if same is None or not same(account.built.root / "figures" / name):
                account.fault(
                    called,
                    called,
                    f"the picture must be figures/{name} as the build "
                    "drew it, but is another or none",
                )


def _drawn_texts(called: str, account: Account) -> None:
    """Ledger numbers, ticks of an axis, labels of the protocol and terms."""
    for made in account.built.drawn(called):
        place = f"{called}, panel {made['panel']}, {made['kind']}"
        part = Part("prose", made["text"], [(0, place)])
        spans = list(Cell(made, place).spans(made["text"], account))
        if made["kind"] == "axis tick":
            spans.append(Span(0, len(made["text"]), STRUCTURAL))
        account.classify(part, spans)
