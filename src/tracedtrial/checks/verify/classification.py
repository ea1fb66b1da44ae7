"""Every numeral of a rendered file, classed at its place; what is in no class is an orphan.

Classes are `ledger` (linked to its provenance entry, in its table's cell, or in its figure's list
of texts), `provenance` (a field of an entry), `terms` (declared, or a label of the protocol) and
`structural` (what the file's structure counts). No class is a list of values.
"""

from difflib import SequenceMatcher
from pathlib import Path

from tracedtrial.checks.verify.account import ORPHANS, STRUCTURAL, Account
from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.displays import captioned, shown_displays, table
from tracedtrial.checks.verify.pieces import compact
from tracedtrial.checks.verify.prose import copy, entry, prose, reference, tip
from tracedtrial.checks.verify.rendered import Rendered
from tracedtrial.refusal import Refusal

CLASSED = {
    "prose": prose,
    "heading": prose,
    "entry": entry,
    "reference": reference,
    "caption": captioned,
    "table": table,
    "copy": copy,
    "tip": tip,
}


def account_of(path: Path, rendered: Rendered, built: Built) -> Account:
    """The account of a rendered file.

    Raises
    ------
    Refusal
        The file carries another ledger than the build's.
    """
    if rendered.ledger is not None and rendered.ledger != built.ledger_sha256:
        raise Refusal(f"{path} must carry the ledger of this build, but its ledger is another one")
    account = Account(str(path), built)
    for part in rendered.parts:
        CLASSED[part.role](part, account)
    _display_references(account)
    shown_displays(rendered, account)
    _unshown(account)
    return account


def _display_references(account: Account) -> None:
    """References to tables and figures whose link does not say which: as ordered in the source."""
    wanted = [compact(text) for text in account.built.display_references]
    shown = [text for text, _ in account.references]
    matcher = SequenceMatcher(None, wanted, shown, autojunk=False)
    for change, first, last, start, end in matcher.get_opcodes() if shown else ():
        for text, place in account.references[start:end] if change != "equal" else ():
            expected = " or ".join(wanted[first:last]) or "no reference"
            account.fault(place, text, f"'{text}' must be '{expected}', as the source refers to it")
            account.counts[ORPHANS] += 1
            account.counts[STRUCTURAL] -= 1


def _unshown(account: Account) -> None:
    """Numbers that the source uses more often than the file shows them."""
    for (id, text), used in account.built.uses.items():
        shown = account.shown[id, compact(text)]
        if shown < used:
            account.fault(
                "", id, f"{id} '{text}' is used {used} times in the source, but shown {shown} times"
            )
