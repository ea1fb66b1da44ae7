"""`audit diff`: two ledgers compared: which numbers, what changed behind them, where printed."""
