"""`audit diff`: two sides named on the command line, compared, told and written."""

from collections.abc import Mapping
from pathlib import Path

from tracedtrial.files import write_text
from tracedtrial.provenance.difference.comparison import compared
from tracedtrial.provenance.difference.pages import page
from tracedtrial.provenance.difference.sides import side
from tracedtrial.provenance.difference.terminal import tell

Named = tuple[str, Path | None]


def told(old: Named, new: Named, files: Mapping[str, Path | None]) -> bool:
    """Print the comparison, write it by each template that has a file; whether nothing differs.

    Raises
    ------
    Refusal
        A side is no ledger or revision, or the two cannot be compared.
    """
    from rich.console import Console

    trial = Path.cwd()
    with side(old[0], trial, old[1]) as before, side(new[0], trial, new[1]) as after:
        found = compared(before, after, trial)
    tell(found, Console(highlight=False))
    for template, path in files.items():
        if path is not None:
            write_text(path, page(found, template))
    return not found.changes
