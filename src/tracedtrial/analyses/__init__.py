"""Which statistic on which population: one unrounded row per statistic, with its records.

Sections yield numbers; nothing here rounds, prints or touches a file but the foot, `writing`.
"""
