"""Snakemake rules of a trial, a file a room; `trial.smk` includes them all."""

from pathlib import Path

TRIAL = Path(__file__).with_name("trial.smk")
