"""How the synthetic patients were made; nothing here is part of the analysis."""
