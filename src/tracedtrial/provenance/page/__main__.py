"""`python -m tracedtrial.provenance.page`: writes index.html and public.html of build/audit.

Exit status 0: written. 2: could not run, and why.
"""

import sys
from pathlib import Path

from tracedtrial.checks.verify.built import Built
from tracedtrial.commands import command
from tracedtrial.files import write_together
from tracedtrial.paths import REPORTS
from tracedtrial.provenance.page.content import content
from tracedtrial.provenance.page.drawing import drawn

AUDITOR, PUBLIC = REPORTS / "index.html", REPORTS / "public.html"


@command
def main() -> None:
    """Write both pages, or neither."""
    built = Built(Path("."))
    write_together(
        {path: drawn(content(built, with_rows=path == AUDITOR)) for path in (AUDITOR, PUBLIC)}
    )


if __name__ == "__main__":
    sys.exit(main())
