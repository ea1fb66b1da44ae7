"""Many trials: each folder built as one job, and a page that tells how each came out."""
