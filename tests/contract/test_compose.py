"""docker-compose.yml, the Dockerfile and the command line agree: no Docker engine is needed to see it."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from aduan.settings import Settings, load_settings
from ops.cli import COMMANDS, build
from ops.process_table import process_table

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("aduan:")}
ENGINES = {name: service for name, service in SERVICES.items() if name not in OURS}
ENV_EXAMPLE = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")


def test_the_engines_are_kafka_4_elasticsearch_9_and_greenmail() -> None:
    images = {name: service["image"] for name, service in ENGINES.items()}
    assert images.keys() == {"kafka", "elasticsearch", "greenmail"}
    assert re.fullmatch(r"apache/kafka:4\.\d+\.\d+", images["kafka"])
    assert re.fullmatch(r"elasticsearch:9\.\d+\.\d+", images["elasticsearch"])
    assert images["greenmail"] == "greenmail/standalone:2.1.3"


def test_every_process_that_the_supervisor_runs_is_a_service() -> None:
    ports = iter(range(20_000, 30_000))
    rows = process_table(
        load_settings(mastodon_url="https://sosial.example", mastodon_token="t", imap_host="imap.example"),
        choose_port=lambda: next(ports),
    )
    supervised = {" ".join(word for word in row.arguments if not word.isdigit()) for row in rows}
    supervised = {words.replace(" --instance", "") for words in supervised}
    composed = {" ".join(service["command"]) for name, service in OURS.items() if name != "setup"}
    assert composed == supervised


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_command_of_a_service_is_one_that_the_command_line_takes(name: str) -> None:
    word, *rest = OURS[name]["command"]
    assert word in COMMANDS
    group = typer.main.get_command(build([word]))
    command = getattr(group, "commands", {}).get(word, group)
    with command.make_context(word, list(rest)) as context:
        assert context.args == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_published_on_loopback_or_not_at_all(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert isinstance(port, str)
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", ["kafka", "elasticsearch"])
def test_the_engines_are_on_the_internal_network_only(name: str) -> None:
    assert SERVICES[name]["networks"] == ["engines"]
    assert "ports" not in SERVICES[name]
    assert COMPOSE["networks"]["engines"]["internal"] is True


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_of_a_service_is_a_setting(name: str) -> None:
    known = {f"ADUAN_{field.upper()}" for field in Settings.model_fields}
    assert set(OURS[name]["environment"]) <= known


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_secret_comes_from_the_environment_and_must_be_there(name: str) -> None:
    environment = OURS[name]["environment"]
    for variable in ("ADUAN_SECRET", "ADUAN_ELASTICSEARCH_PASSWORD"):
        assert environment[variable].startswith(f"${{{variable}:?")
        assert f"\n{variable}=\n" in ENV_EXAMPLE


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_process_waits_for_the_setup_and_has_few_rights(name: str) -> None:
    service = OURS[name]
    if name == "setup":
        assert service["depends_on"].keys() == {"kafka", "elasticsearch"}
        assert {row["condition"] for row in service["depends_on"].values()} == {"service_healthy"}
    else:
        assert service["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}
        assert service["healthcheck"]["test"] == ["CMD", "python", "/opt/aduan/healthcheck.py"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["volumes"] == ["aduan:/data"]


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_an_engine_is_asked_for_its_health(name: str) -> None:
    assert ENGINES[name]["healthcheck"]["test"]


def test_the_ports_inside_are_those_of_the_settings() -> None:
    settings = Settings.model_fields
    for name, setting in (("intake", "intake_port"), ("mail-in", "mail_in_port"), ("portal", "portal_port")):
        (port,) = OURS[name]["ports"]
        assert port.rsplit(":", 1)[1] == str(settings[setting].default)


def test_every_variable_that_compose_reads_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for variable in set(re.findall(r"\$\{(ADUAN_\w+)[:}]", text)):
        assert re.search(rf"^#?{variable}=", ENV_EXAMPLE, re.MULTILINE), variable


def test_the_image_is_built_in_two_stages_pinned_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases[0])
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["aduan"\]$', text, re.MULTILINE)
    assert "ADUAN_HEALTH_PORT=9100" in text


def test_the_image_holds_every_package_and_the_context_holds_what_is_copied() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == allowed
    packages = {"schemas", "aduan", "producers", "streams", "consumers", "portal", "ops"}
    assert packages <= copied
