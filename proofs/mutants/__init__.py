"""Errors planted on purpose, one at a time: how many are caught, and by what.

Each kind of place has its module: the source, the rendered files, the typeset PDF, the ledger, the
raw tables, the code, the published numbers. A module plants a seeded choice of errors there, in
copies or in memory, and asks the audit's own checks. The trial itself is never changed.
"""
