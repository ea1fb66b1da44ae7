"""Texts as Markdown that shows them as they are."""

import re

SPECIAL = re.compile(r"""[\\`*_{}\[\]<>#|~^$@&"']|:(?=//|\w+:)|--+|\.{3,}""")


def escaped(text: str) -> str:
    r"""The text with every mark that Markdown or Quarto would read escaped, on one line.

    >>> print(escaped("a|b *c* {{< var x >}}"))
    a\|b \*c\* \{\{\< var x \>\}\}
    """
    line = " ".join(text.split())
    return SPECIAL.sub(lambda found: "".join("\\" + mark for mark in found[0]), line)
