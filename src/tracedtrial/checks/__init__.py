"""Questions put to a build: where a number comes from, and whether what is printed holds.

Exit status 0: holds. 1: a finding, each on its own line. 2: could not run, and why.
"""
