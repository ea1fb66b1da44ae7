"""The count by kind, what caught them, and each survivor with its kind and place."""

from collections import Counter
from collections.abc import Sequence

from proofs.mutants.code import KIND as CODE
from proofs.mutants.mutant import BESIDE, CAUGHT, EQUIVALENT, SURVIVED, Verdict

MOST_EQUIVALENT = 10  # percent of the code's mutants
HEAD = ("kind", "planted", "caught", "equivalent", "beside", "survived", "by what")


def holds(verdicts: Sequence[Verdict]) -> bool:
    """Whether none survived and few of the code's are equivalent."""
    return _equivalent_share(verdicts) <= MOST_EQUIVALENT and not any(
        verdict.fate == SURVIVED for verdict in verdicts
    )


def report(verdicts: Sequence[Verdict]) -> str:
    """The table, then what was not caught, a line each."""
    kinds = list(dict.fromkeys(verdict.mutant.kind for verdict in verdicts))
    rows = [
        HEAD,
        *(_row(kind, [v for v in verdicts if v.mutant.kind == kind]) for kind in kinds),
        _row("all", verdicts),
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEAD) - 1)]
    table = [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(text.rjust(width) for text, width in zip(row[1:-1], widths[1:])),
                row[-1],
            ]
        )
        for row in rows
    ]
    told = [
        f"{fate}: {verdict.mutant}{f' ({verdict.by})' if verdict.by else ''}"
        for fate in (EQUIVALENT, BESIDE, SURVIVED)
        for verdict in verdicts
        if verdict.fate == fate
    ]
    share = _equivalent_share(verdicts)
    return "\n".join(
        [
            *table,
            "",
            *told,
            f"{share:.1f}% of the code's mutants are equivalent, at most {MOST_EQUIVALENT}% may be",
        ]
    )


def _row(kind: str, own: Sequence[Verdict]) -> tuple[str, ...]:
    fates = Counter(verdict.fate for verdict in own)
    by = Counter(verdict.by for verdict in own if verdict.fate == CAUGHT)
    return (
        kind,
        *(
            str(count)
            for count in (
                len(own),
                fates[CAUGHT],
                fates[EQUIVALENT],
                fates[BESIDE],
                fates[SURVIVED],
            )
        ),
        ", ".join(f"{name} {count}" for name, count in by.most_common()),
    )


def _equivalent_share(verdicts: Sequence[Verdict]) -> float:
    of_code = [
        verdict.fate
        for verdict in verdicts
        if verdict.mutant.kind == CODE and verdict.fate != BESIDE
    ]
    return 100 * of_code.count(EQUIVALENT) / len(of_code) if of_code else 0
