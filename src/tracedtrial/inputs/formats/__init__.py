"""The formats in which a raw table may be delivered, and the texts of its rows in each.

A format's module knows nothing of trials: bytes in, a header and rows of texts out, as a CSV file
of the same table would hold them. What the texts must be is the schema's to say.
"""
