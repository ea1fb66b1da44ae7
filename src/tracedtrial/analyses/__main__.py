"""`python -m tracedtrial.analyses`: raw tables and protocol -> build/results.json and lineage.

The edit checks are asked first: what they refuse stops here, what they query is listed.
"""

import sys

from tracedtrial.analyses.declared.checking import check_declared
from tracedtrial.analyses.declared.displays import read_displays
from tracedtrial.analyses.declared.panels import declared_panels
from tracedtrial.analyses.declared.reading import read_analyses
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.analyses.writing import write_results
from tracedtrial.commands import command
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.protocol.matching import check_names
from tracedtrial.inputs.queries.asking import questioned
from tracedtrial.inputs.queries.listing import written
from tracedtrial.inputs.schema import read_raw_tables
from tracedtrial.paths import BUILD, RAW
from tracedtrial.refusal import Refusal


@command
def main() -> None:
    """Ask the edit checks, derive and write."""
    protocol = read_protocol()
    raw = read_raw_tables(RAW, protocol, response_criteria(protocol).asks)
    if not len(raw.subjects):
        raise Refusal(
            "USUBJID must be given for one subject at least, but the table has no "
            "row (data/raw/dm.csv)"
        )
    asked = questioned(raw, protocol)
    check_names(protocol, asked.raw.tables, asked.raw.files)
    trial = derived_trial(asked.raw, protocol, read_analyses())
    check_declared(trial)
    drawn = declared_panels(trial, read_displays().figures)
    write_results(trial, BUILD, written(asked), drawn)


if __name__ == "__main__":
    sys.exit(main())
