"""`python -m tracedtrial.release.ars`: the ledger and the protocol -> build/ars.json."""

import sys

from tracedtrial.release.ars import main

if __name__ == "__main__":
    sys.exit(main())
