"""Raw tables in: formats, schema, protocol, edit checks. Nothing is derived here."""
