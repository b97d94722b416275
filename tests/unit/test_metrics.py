"""Lag for dashboards: the names that they use, and no old number that passes for a new one."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, generate_latest

from ops.lag import PartitionLag
from ops.metrics import LagCollector
from schemas.errors import UnavailableError

LAGS = [
    PartitionLag("escalator", "aduan.escalator", "complaints.cases", 0, 90, 100, 10, 7.5),
    PartitionLag("escalator", "aduan.escalator", "complaints.cases", 1, None, 5, 5, None),
]


def scraped(measure: Callable[[], Sequence[PartitionLag]]) -> str:
    registry = CollectorRegistry()
    registry.register(LagCollector("uji", measure))
    return generate_latest(registry).decode()


def test_the_names_are_those_of_existing_dashboards() -> None:
    text = scraped(lambda: LAGS)
    where = 'cluster_name="uji",group="aduan.escalator"'
    assert f'kafka_consumergroup_group_lag{{{where},partition="0",topic="complaints.cases"}} 10.0' in text
    assert f'kafka_consumergroup_group_lag_seconds{{{where},partition="0",topic="complaints.cases"}} 7.5' in text
    assert f"kafka_consumergroup_group_max_lag{{{where}}} 10.0" in text
    assert f"kafka_consumergroup_group_max_lag_seconds{{{where}}} 7.5" in text
    assert f"kafka_consumergroup_group_sum_lag{{{where}}} 15.0" in text


def test_an_age_that_is_unknown_is_absent_rather_than_zero() -> None:
    lines = [line for line in scraped(lambda: LAGS).splitlines() if "_lag_seconds{" in line]
    assert not [line for line in lines if 'partition="1"' in line]


def test_what_can_not_be_measured_is_absent_and_said() -> None:
    def away() -> Sequence[PartitionLag]:
        raise UnavailableError("no broker")

    text = scraped(away)
    assert 'aduan_lag_up{cluster_name="uji"} 0.0' in text
    assert "kafka_consumergroup" not in text


def test_registering_and_scraping_again_at_once_measures_once() -> None:
    calls: list[int] = []

    def counted() -> Sequence[PartitionLag]:
        calls.append(1)
        return LAGS

    registry = CollectorRegistry()
    registry.register(LagCollector("uji", counted))
    assert calls == []
    generate_latest(registry)
    generate_latest(registry)
    assert calls == [1]
