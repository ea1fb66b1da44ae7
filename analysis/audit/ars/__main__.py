"""`python -m analysis.audit.ars`: build/ledger.json and protocol.yaml -> build/ars.json."""

from analysis.audit.ars import main

if __name__ == "__main__":
    main()
