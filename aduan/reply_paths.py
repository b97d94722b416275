"""Where an answer on social media is read: the convention of `ReplyPath.ref` between the doors and the notifier.

`public:POST` is answered under the post, where anybody reads it; `private:POST` is answered to its author alone, as a
message that names the post; anything else is a message in a conversation that only its author and we read.
"""

from typing import Final

from schemas.content import ReplyPath

_PUBLIC: Final = "public:"
_PRIVATE: Final = "private:"


def under(post: str) -> str:
    """The ref of an answer that stands under a public post."""
    return _PUBLIC + post


def is_public(path: ReplyPath) -> bool:
    """Whether anybody can read an answer on this path: then it holds no secret and nothing of the complaint."""
    return path.ref.startswith(_PUBLIC)


def names_post(path: ReplyPath) -> bool:
    """Whether it answers a post, be it under it or to its author, and not a message of a conversation."""
    return path.ref.startswith((_PUBLIC, _PRIVATE))


def answered(path: ReplyPath) -> str:
    """The platform's id of the post or message that is answered; "" when there is none."""
    return path.ref.removeprefix(_PUBLIC) if is_public(path) else path.ref.removeprefix(_PRIVATE)


def privately(path: ReplyPath) -> ReplyPath:
    """The path to the same person that nobody else reads."""
    return path.model_copy(update={"ref": _PRIVATE + answered(path)}) if is_public(path) else path
