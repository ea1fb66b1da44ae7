"""Engine two: declared analyses in SQL over the analysis datasets.

It shares nothing with the first engine but the declaration: selection, groups and every method
are written again, in DuckDB's SQL.
"""

from tracedtrial.checks.second_engine.comparing import declared_differences
from tracedtrial.checks.second_engine.running import Second, second_numbers

__all__ = ["Second", "declared_differences", "second_numbers"]
