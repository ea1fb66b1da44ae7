"""Texts as Markdown that shows them as they are."""

import re

SPECIAL = re.compile(r"""[\\`*_{}\[\]<>#|~^$@&"']|:(?=//|\w+:)|--+|\.{3,}""")
BRACES = re.compile(r"\\\{(?=\\\{)")


def escaped(text: str) -> str:
    r"""The text with every mark that Markdown or Quarto would read escaped, on one line.

    >>> print(escaped("a|b *c* {{< var x >}}"))
    a\|b \*c\* \{[]{}\{\< var x \>\}\}

    An empty span stands between two braces: a shortcode is read from the text that escapes leave.
    """
    line = " ".join(text.split())
    safe = SPECIAL.sub(lambda found: "".join("\\" + mark for mark in found[0]), line)
    return BRACES.sub(r"\\{[]{}", safe)
