"""What the checks know of diseases and of named laboratory tests."""

from analysis.queries.criteria import imwg, recist

CHECKS = (*imwg.CHECKS, *recist.CHECKS)
