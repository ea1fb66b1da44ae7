"""`python -m tracedtrial.release.ars`: build/ledger.json and analysis/protocol.yaml -> build/ars.json."""

from tracedtrial.release.ars import main

if __name__ == "__main__":
    main()
