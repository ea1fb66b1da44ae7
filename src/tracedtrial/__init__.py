"""The trial manuscript, from raw tables to rendered numbers.

Rooms, in the order in which imports flow: protocol, schema, derive, stats, results, words,
ledger, display, render, audit. Nothing here knows the shipped trial: a trial is a folder with
`analysis/protocol.yaml`, `data/raw/` and `manuscript/`, and the working directory is that folder.
"""
