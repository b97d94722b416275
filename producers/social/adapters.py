"""What a channel of social media is made of: a webhook that the HTTP intake mounts, or a poller, or both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aduan.settings import Settings
from producers.social.said import Delivery


@dataclass(frozen=True, slots=True)
class Webhook:
    """How one platform calls us. All of it is pure: settings, headers and the raw bytes in, a verdict out."""

    path: str
    is_genuine: Callable[[Settings, Mapping[str, str], bytes], bool]
    """Whether the platform sent these very bytes; compared in constant time, False without a secret."""
    read: Callable[[Settings, bytes], Delivery]
    """Its submissions; UnreadableError when the body is no JSON object."""
    challenge: Callable[[Settings, Mapping[str, str]], str | None] | None = None
    """The answer to a subscription by GET, or None when it is not ours; platforms without one have no GET."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one look at a platform found, oldest first."""

    delivery: Delivery
    last: str
    """Where the next look begins once all of this is kept; "" when nothing was found."""
    more: bool = False
    """Whether the next page is known to be there, and is looked at without a pause."""


class Poller(Protocol):
    """One platform that we ask."""

    def fetch(self, since: str) -> Page:
        """What came after `since` ("" from the beginning). Raises UnavailableError, or RateLimitedError with a wait."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One line of the registry: a name, what it is made of, and the settings without which it is off."""

    name: str
    webhook: Webhook | None = None
    poller: Callable[[Settings], Poller] | None = None
    needs: tuple[str, ...] = ()
    identity: str = ""
    """The setting that names the account that is asked: another one begins afresh."""

    def account(self, settings: Settings) -> str:
        """The account that is asked."""
        return str(getattr(settings, self.identity)) if self.identity else ""

    def is_on(self, settings: Settings) -> bool:
        """Whether all settings that it needs are given."""
        values = (getattr(settings, name) for name in self.needs)
        return all(value.get_secret_value() if hasattr(value, "get_secret_value") else value for value in values)
