"""What a raw table may hold. Bad rows stop the build here; nothing is repaired."""

from analysis.schema.reading import DOMAINS, RawTables, read_raw_tables
from analysis.schema.tables import ResponseTables

__all__ = ["DOMAINS", "RawTables", "ResponseTables", "read_raw_tables"]
