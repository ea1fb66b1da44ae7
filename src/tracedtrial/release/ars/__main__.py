"""`python -m tracedtrial.release.ars`: build/ledger.json and analysis/protocol.yaml -> build/ars.json."""

import sys

from tracedtrial.release.ars import main

if __name__ == "__main__":
    sys.exit(main())
