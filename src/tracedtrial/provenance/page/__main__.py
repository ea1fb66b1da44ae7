"""`python -m tracedtrial.provenance.page`: writes build/audit/index.html and build/audit/public.html.

Exit status 0: written. 2: could not run, and why.
"""

import sys
from pathlib import Path

from tracedtrial.provenance.page.content import content
from tracedtrial.provenance.page.drawing import drawn
from tracedtrial.checks.verify.built import Built
from tracedtrial.files import write_together
from tracedtrial.refusal import Refusal, one_line

AUDITOR, PUBLIC = Path("build/audit/index.html"), Path("build/audit/public.html")


@one_line(2)
def main() -> int:
    """Write both pages, or neither."""
    try:
        built = Built(Path("."))
        pages = {path: drawn(content(built, with_rows=path == AUDITOR))
                 for path in (AUDITOR, PUBLIC)}
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    write_together(pages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
