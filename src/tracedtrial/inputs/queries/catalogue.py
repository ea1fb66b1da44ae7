"""The edit checks as docs/queries.md has them: `python -m tracedtrial.inputs.queries.catalogue`."""

from tracedtrial.inputs.queries.check import Check
from tracedtrial.inputs.queries.checks import ROOMS


def catalogue() -> str:
    """Every check in Markdown, a table a room: id, rule, tables, what becomes of a finding."""
    return "\n\n".join(
        f"### {_title(room.__doc__ or '')}\n\n{_table(room.CHECKS)}" for room in ROOMS
    )


def _title(sign: str) -> str:
    """The first sentence of a room's docstring as a heading."""
    words = sign.partition(".\n")[0].partition("\n")[0].rstrip(".").removeprefix("Checks of ")
    return words[0].upper() + words[1:]


def _table(checks: tuple[Check, ...]) -> str:
    rows = [
        f"| `{check.id}` | {check.rule} | {', '.join(check.reads)} | "
        f"{'refuses' if check.refuses else 'queries'} |"
        for check in checks
    ]
    return "\n".join(["| check | rule | reads | |", "| --- | --- | --- | --- |", *rows])


if __name__ == "__main__":
    print(catalogue())
