"""This trial, by the rules of the tool: `snakemake build`, `audit` or `submission`."""

from tracedtrial.workflow import TRIAL

include: str(TRIAL)
