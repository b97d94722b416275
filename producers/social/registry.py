"""All channels of social media. A new one is a module beside this one and a line here."""

from typing import Final

from aduan.settings import Settings
from producers.social.adapters import Adapter
from producers.social.mastodon import MastodonMentions
from producers.social.meta import META
from producers.social.telegram import TELEGRAM
from producers.social.x import XMentions

ADAPTERS: Final = (
    Adapter("meta", webhook=META, needs=("meta_app_secret",)),
    Adapter("telegram", webhook=TELEGRAM, needs=("telegram_secret",)),
    Adapter("mastodon", poller=MastodonMentions, needs=("mastodon_url", "mastodon_token"), identity="mastodon_url"),
    Adapter("x", poller=XMentions, needs=("x_user_id", "x_bearer_token"), identity="x_user_id"),
)


def polled(settings: Settings) -> tuple[Adapter, ...]:
    """The adapters that ask their platform, of those that are switched on."""
    return tuple(one for one in ADAPTERS if one.poller is not None and one.is_on(settings))
