"""The only place that rounds: a value becomes a printed string."""

from tracedtrial.record.words.printing import forms, printed
from tracedtrial.record.words.rounding import rounded

__all__ = ["forms", "printed", "rounded"]
