"""Edit checks: what a data manager would send back before anybody derives a number.

A check looks at rows that the schema accepts one by one. It refuses what is impossible and
queries what is implausible; it changes no cell. The protocol may accept a check with a reason.
"""
