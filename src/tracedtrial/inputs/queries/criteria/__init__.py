"""Checks of response criteria, myeloma (IMWG) and solid tumours (RECIST 1.1).

The only modules of the edit checks that know a disease or a named laboratory test.
"""

from tracedtrial.inputs.queries.criteria import imwg, recist

ROOMS = (imwg, recist)
