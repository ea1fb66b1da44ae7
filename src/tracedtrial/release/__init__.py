"""What leaves the house: submission, bundles, privacy, the results as CDISC ARS."""
