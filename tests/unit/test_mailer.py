"""The mail server's codes: what is refused for good, and what waits because we or the world are not ready."""

import pytest

from consumers.mailer import AddressUnavailableError, _verdict
from schemas.errors import RefusedError, UnavailableError


@pytest.mark.parametrize(
    ("code", "answer", "verdict"),
    [
        (550, b"5.1.1 No such user", RefusedError),
        (552, b"5.3.4 Too large", RefusedError),
        (550, b"5.7.1 Relaying denied", UnavailableError),
        (554, "5.7.1 Access denied", UnavailableError),
        (503, b"MAIL must come before RCPT", UnavailableError),
        (450, b"4.2.1 Greylisted", AddressUnavailableError),
    ],
)
def test_only_what_says_something_of_the_mail_or_address_is_refused_for_good(
    code: int, answer: bytes | str, verdict: type[Exception]
) -> None:
    assert type(_verdict(code, answer)) is verdict
