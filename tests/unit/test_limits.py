"""Whom a request counts for."""

import pytest

from aduan.settings import load_settings
from producers.limits import Limits, network
from producers.problems import ProblemError
from schemas.errors import SettingsError


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_subscriber_counts_once_for_all_of_their_addresses(address: str, counted: str) -> None:
    assert network(address) == counted


def test_each_network_has_its_own_allowance() -> None:
    limits = Limits(load_settings(intake_rate="2/minute"))
    for address in ("192.0.2.1", "192.0.2.2"):
        limits.public(address)
        limits.public(address)
        with pytest.raises(ProblemError):
            limits.public(address)


def test_a_limit_that_cannot_be_read_names_its_setting() -> None:
    with pytest.raises(SettingsError, match="ADUAN_INTAKE_RATE_WEBHOOK"):
        Limits(load_settings(intake_rate_webhook="often"))
