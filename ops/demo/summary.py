"""What the demo sums up: categories, provinces, dead letters, escalations with their mails, lag, and some searches."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, Final, NamedTuple

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aduan.settings import Settings
from ops.demo.feed import Fed
from ops.demo.ledger import Ledger
from ops.demo.poison import BROKEN
from ops.engines import Engines
from ops.lag import measure
from schemas.events import NO_COMPLAINT

SEARCHES: Final = ("PIP belum cair", "atap kelas", "Data Pokok Pendidikan", "tunjangan guru -honorer")
_TOP: Final = 10


def verdict(fed: Fed, ledger: Ledger, expected: Mapping[str, int]) -> list[str]:
    """What is not accounted for, a line each; empty when every sample is exactly one document. Pure."""
    problems = [f"refused by its door: {each}" for each in fed.refused]
    for channel, count in expected.items():
        if fed.accepted[channel] != count:
            problems.append(f"{channel}: {count} samples, {fed.accepted[channel]} accepted")
        if ledger.by_channel[channel] != count:
            problems.append(f"{channel}: {count} samples, {ledger.by_channel[channel]} on complaints.received")
    problems += [f"lost: {each} is neither a document nor a dead letter" for each in ledger.lost]
    problems += [f"doubled: {each} is more than one document" for each in ledger.doubled]
    problems += [f"dead letter: {each}" for each in ledger.dead if each != NO_COMPLAINT]
    strangers = [each for each in ledger.documents if each not in ledger.accepted]
    problems += [f"document of nobody: {each}" for each in strangers]
    if ledger.dead[NO_COMPLAINT] != len(BROKEN):
        problems.append(f"{len(BROKEN)} broken messages were put in, {ledger.dead[NO_COMPLAINT]} dead letters came out")
    return problems


def print_summary(console: Console, settings: Settings, engines: Engines, ledger: Ledger, token: str) -> None:
    """Print all of it; searches go through the portal as a signed-in person's would."""
    console.rule("[bold]5. What staff see")
    portal = f"http://{settings.portal_host}:{settings.portal_port}"
    with httpx.Client(base_url=portal, headers={"Authorization": f"Bearer {token}"}, timeout=15) as client:
        everything = _search(client, size=10)
        _print_facets(console, everything["aggregations"])
        _print_escalations(console, client, engines)
        _print_dead_letters(console, ledger)
        _print_searches(console, client)
    lag = sum(each.lag for each in measure(settings))
    console.print(f"\nMessages that wait in any stage (aduan lag): [bold]{lag}[/]")


def _search(client: httpx.Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/complaints", params=parameters).raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _print_facets(console: Console, facets: Mapping[str, Any]) -> None:
    table = Table.grid(padding=(0, 4))
    table.add_row(*(_facet_table(facets, name) for name in ("kategori", "provinsi", "prioritas")))
    console.print(table)


def _facet_table(facets: Mapping[str, Any], name: str) -> Table:
    buckets = facets[name][name]["buckets"]
    table = Table("", "", title=f"by {name}", title_justify="left", box=None, show_header=False)
    for bucket in buckets[:_TOP]:
        table.add_row(str(bucket["label"])[:34], str(bucket["doc_count"]))
    if len(buckets) > _TOP:
        table.add_row(f"… {len(buckets) - _TOP} more", str(sum(bucket["doc_count"] for bucket in buckets[_TOP:])))
    return table


def _print_escalations(console: Console, client: httpx.Client, engines: Engines) -> None:
    urgent = _search(client, prioritas="darurat", size=100)
    hits = [hit["_source"] for hit in urgent["hits"]["hits"]]
    escalated = [source for source in hits if source.get("escalation_level")]
    mails = _mails(engines)
    told = [mail for mail in mails if mail.answer]
    console.print(
        f"\nUrgent: {len(hits)}, escalated: {len(escalated)}; mails at the mail server: "
        f"{len(mails) - len(told)} to staff, {len(told)} to reporters with their tracking number. One of each:"
    )
    for mail in (*[mail for mail in mails if not mail.answer][:1], *told[:1]):
        console.print(
            f"  From: {mail.sender}\n  To: {mail.recipient}\n  Subject: {mail.subject}", highlight=False, markup=False
        )


class _Mail(NamedTuple):
    sender: str
    recipient: str
    subject: str
    answer: bool


def _mails(engines: Engines) -> list[_Mail]:
    """All mails of ours at the mail server, oldest first; an answer is one to a reporter."""
    users = httpx.get(f"{engines.mail_api}/api/user", timeout=10).raise_for_status().json()
    found = []
    for user in users:
        url = f"{engines.mail_api}/api/user/{user['email']}/messages"
        for message in httpx.get(url, timeout=10).raise_for_status().json():
            raw = str(message["mimeMessage"])
            head = {
                name: match.group(1) if (match := re.search(rf"^{name}: (.*)$", raw, re.MULTILINE)) else ""
                for name in ("From", "Subject", "Auto-Submitted")
            }
            kind = head["Auto-Submitted"].strip()
            if kind in {"auto-generated", "auto-replied"}:  # the rest is the samples' own
                subject = str(message.get("subject") or head["Subject"])
                found.append(_Mail(head["From"].strip(), str(user["email"]), subject, kind == "auto-replied"))
    return found


def _print_dead_letters(console: Console, ledger: Ledger) -> None:
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(ledger.reasons.items())) or "none"
    console.print(f"\nDead letters ({len(BROKEN)} messages were broken on purpose): {reasons}")


def _print_searches(console: Console, client: httpx.Client) -> None:
    for text in SEARCHES:
        found = _search(client, search_term=text, size=2)
        console.print(f"\nSearch [bold]{escape(text)}[/]: {found['hits']['total']['value']} hits")
        for hit in found["hits"]["hits"]:
            source = hit["_source"]
            words = next(iter(hit.get("highlight", {}).values()), [source.get("text", "")[:120]])[0]
            marked = escape(unescape(words.replace("\n", " ")))
            shown = marked.replace("<mark>", "[bold yellow]").replace("</mark>", "[/]")
            console.print(f"  {source['tracking_number']}  {source['kategori']:<18} {shown}", highlight=False)
