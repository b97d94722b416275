"""Comments under our posts on Instagram. Their edits and deletions are not told; of mentions elsewhere only ids are.

https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram
"""

from producers.social.reading import Json, moment, number, obj, text
from producers.social.said import Said, heard
from producers.submission import Submission


def read_comment(own: str, entry: Json, change: Json) -> Submission | str:
    """A comment, or why it is none."""
    value, field = obj(change.get("value")), text(change.get("field"))
    if field == "mentions":
        return "mention"
    if field not in {"comments", "live_comments"}:
        return "change"
    author = obj(value.get("from"))
    sender = number(author.get("id"))
    if sender == own or author.get("self_ig_scoped_id"):  # a name of ours that only our own comments have
        return "own"
    parent = text(value.get("parent_id"))
    return heard(
        Said(
            platform="instagram",
            account=own,
            sender=sender,
            id=text(value.get("id")),
            text=text(value.get("text")),
            answers=(parent,) if parent else (),
            public=True,
            handle=text(author.get("username")),
            sent_at=moment(entry.get("time")),
        )
    )
