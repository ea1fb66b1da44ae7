"""Every printed number, with its birth certificate. The ledger holds no patient."""

from tracedtrial.record.ledger.reading import read_ledger

__all__ = ["read_ledger"]
