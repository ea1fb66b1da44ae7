"""The build for people: explain, the audit page, differences, re-runs."""
