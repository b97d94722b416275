"""How much one caller may ask of the intake: a sliding window per client network or adapter, in memory."""

import ipaddress
import math
import time
from http import HTTPStatus

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from aduan.settings import Settings
from aduan.tokens import Caller
from producers.problems import ProblemError
from schemas.errors import SettingsError


class Limits:
    """The intake's limits. Several intake processes count each alone; a proxy in front may count for all."""

    def __init__(self, settings: Settings) -> None:
        self._public = _parsed("ADUAN_INTAKE_RATE", settings.intake_rate)
        self._adapter = _parsed("ADUAN_INTAKE_RATE_ADAPTER", settings.intake_rate_adapter)
        self._webhook = _parsed("ADUAN_INTAKE_RATE_WEBHOOK", settings.intake_rate_webhook)
        self._reader = _parsed("ADUAN_INTAKE_RATE_READER", settings.intake_rate_reader)
        self._clerk = _parsed("ADUAN_INTAKE_RATE_CLERK", settings.intake_rate_clerk)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def public(self, address: str) -> None:
        """Count a request of somebody without a token; raises ProblemError(429) with Retry-After."""
        self._hit(self._public, "public", network(address))

    def adapter(self, caller: Caller) -> None:
        """Count a request of an adapter, against its token's own limit where it has one; raises as `public`."""
        self._hit(parse(caller.rate) if caller.rate else self._adapter, "adapter", caller.name)

    def reader(self, address: str) -> None:
        """Count a look at the index by somebody without a token, apart from what they send; raises as `public`."""
        self._hit(self._reader, "reader", network(address))

    def clerk(self, caller: Caller) -> None:
        """Count what a clerk sends, by token: a whole office may share one address; raises as `public`."""
        self._hit(parse(caller.rate) if caller.rate else self._clerk, "clerk", caller.name)

    def webhook(self, address: str) -> None:
        """Count a webhook call; raises as `public`."""
        self._hit(self._webhook, "webhook", network(address))

    def _hit(self, item: RateLimitItem, *who: str) -> None:
        if self._limiter.hit(item, *who):
            return
        reset = self._limiter.get_window_stats(item, *who).reset_time - time.time()
        seconds = str(max(1, math.ceil(reset)))
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too many requests; wait, then send the same one again",
            headers={"Retry-After": seconds},
        )


def network(address: str) -> str:
    """Whom an address counts for: itself, or its /64 in IPv6, which is what one subscriber gets (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _parsed(name: str, value: str) -> RateLimitItem:
    try:
        return parse(value)
    except ValueError:
        raise SettingsError(f"{name}: must look like 30/minute") from None
