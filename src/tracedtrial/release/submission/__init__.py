"""What goes to a journal: its limits, the reporting checklist, the folder and its zip.

Everything here is built from a finished manuscript; nothing is computed or printed anew.
"""
