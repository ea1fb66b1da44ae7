"""The package that leaves the building: for the auditor with the data, for the public without."""
