"""Whether an answer says nothing but thanks: it opens no closed case. Precision first: one doubt, and it does. Pure."""

from functools import cache
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aduan.datafiles import load_yaml
from aduan.text import surface_words
from schemas.errors import SettingsError

FILE: Final = "thanks.yaml"
MOST_WORDS: Final = 30


class Thanks(BaseModel):
    """The whole file: what thanks, alone or in two words, and what may stand beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    thanks: Annotated[frozenset[str], Field(min_length=1)]
    beside: frozenset[str]


def is_only_thanks(text: str) -> bool:
    """Whether every word is of thanks and politeness; a question mark, a number or any other word is a no."""
    words = surface_words(text)
    if not words or len(words) > MOST_WORDS or "?" in text:
        return False
    known, thanked, at = load_thanks(), False, 0
    while at < len(words):
        length = next((n for n in (2, 1) if " ".join(words[at : at + n]) in known.thanks), 0)
        if not length and words[at] not in known.beside:
            return False
        thanked = thanked or length > 0
        at += length or 1
    return thanked


@cache
def load_thanks() -> Thanks:
    """The words; read once. SettingsError names the file and the key that is wrong."""
    try:
        return Thanks.model_validate(load_yaml(FILE))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(f"aduan/data/{FILE}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
