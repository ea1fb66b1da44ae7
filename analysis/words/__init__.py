"""The only place that rounds: a value becomes a printed string."""

from analysis.words.printing import forms, printed
from analysis.words.rounding import rounded

__all__ = ["forms", "printed", "rounded"]
