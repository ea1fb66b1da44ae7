"""One number from its maker to its print: value, key, words, ledger."""
