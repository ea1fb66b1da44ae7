"""Analyses that a trial declares in `analysis/analyses.yaml`: read, checked, computed."""
