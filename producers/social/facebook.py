"""Comments, visitors' posts and mentions of a Facebook page, with their edits and deletions.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page: `feed` and `mention`
"""

from typing import Final

from producers.social.reading import Json, digest, file_line, lines, moment, number, obj, text
from producers.social.said import Said, heard
from producers.submission import Submission
from schemas.events import ReplyKind

_POSTS: Final = {"comment", "post", "status", "photo", "video", "share"}
_VERBS: Final = {
    "add": ReplyKind.REPLY,
    "edit": ReplyKind.EDIT,
    "edited": ReplyKind.EDIT,
    "remove": ReplyKind.DELETION,
    "delete": ReplyKind.DELETION,
}


def read_comment(own: str, _entry: Json, change: Json) -> Submission | str:
    """A comment or post, its edit or deletion; or why it is none: a reaction, our own, hidden by us."""
    value, field = obj(change.get("value")), text(change.get("field"))
    item, verb = text(value.get("item")), text(value.get("verb"))
    if field not in {"feed", "mention"} or item not in _POSTS:
        return item if field == "feed" and item in {"reaction", "like"} else "change"
    if verb not in _VERBS:
        return "hidden" if verb in {"hide", "unhide"} else "change"
    author = obj(value.get("from"))
    sender = number(author.get("id")) or number(value.get("sender_id"))
    if sender == own:
        return "own"
    kind, said = _VERBS[verb], text(value.get("message"))
    post = text(value.get("post_id"))
    return heard(
        Said(
            platform="facebook",
            account=own,
            sender=sender,
            id=text(value.get("comment_id")) or post,
            text="" if kind is ReplyKind.DELETION else lines(said, _link(item, value)),
            kind=kind,
            version=digest(said, number(value.get("created_time")))[:16],
            answers=tuple(one for one in (post, text(value.get("parent_id"))) if one),
            public=True,
            name=text(author.get("name")) or text(value.get("sender_name")),
            sent_at=moment(value.get("created_time")),
        )
    )


def _link(item: str, value: Json) -> str:
    """A picture or shared page as a line of text."""
    if item in {"photo", "video"}:
        return file_line(item)
    return file_line(item, url) if (url := text(value.get("link"))) else ""
