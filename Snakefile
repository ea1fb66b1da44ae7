"""The rules of tracedtrial on this trial: `snakemake build`, `audit` or `submission`."""

from tracedtrial.workflow import TRIAL

include: str(TRIAL)
