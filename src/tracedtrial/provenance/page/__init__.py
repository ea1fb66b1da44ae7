"""The audit page: the manuscript's text with every number alive, in one file for the browser.

Gathered from the files of a build; nothing is computed here. The auditor's page holds the raw
rows, the public one none of them: counts and keyed digests stand in their place.
"""
