"""Text of strangers in the cells of a spreadsheet: never a formula (CSV injection, OWASP), and back again."""

from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_SIGN: Final = "'"


def escaped(text: str) -> str:
    """The text as a spreadsheet takes it for text: a quote stands before what would begin a formula or a command."""
    return _SIGN + text if text.lstrip(" '").startswith(_STARTS) or text.startswith(_STARTS) else text


def unescaped(text: str) -> str:
    """What `escaped` made of a text, undone; other texts stay as they are."""
    return text[1:] if text.startswith(_SIGN) and escaped(text[1:]) == text else text
