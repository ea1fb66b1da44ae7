"""What a raw table may hold. Bad rows stop the build here; nothing is repaired."""

from tracedtrial.inputs.schema.reading import RawTables, read_raw_tables
from tracedtrial.inputs.schema.tables import DOMAINS, ResponseTables

__all__ = ["DOMAINS", "RawTables", "ResponseTables", "read_raw_tables"]
