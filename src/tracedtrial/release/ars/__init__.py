"""The results as a CDISC Analysis Results Standard v1.0 reporting event.

Made from the ledger and the protocol; nothing is derived, rounded or formatted again. Data names
(ADSL, ADAE, ...) are those of build/datasets, CM and DS are raw tables. Each analysis names its
ledger entries as named places of build/ledger.json, one for each of its results, in their order.
"""

from tracedtrial.release.ars.event import main, reporting_event

__all__ = ["main", "reporting_event"]
