"""Shows some samples as other platforms deliver them: a third of direct messages by WhatsApp, a third by Telegram."""

from typing import Any, Final

Body = dict[str, Any]
_DRESSES: Final = ("meta", "whatsapp", "telegram")


def dressed(sample: str, body: Body) -> tuple[str, Body]:
    """The platform that delivers a sample, and the body in its clothes; what is no lone message stays as it is."""
    events = body["entry"][0].get("messaging", [])
    event = events[0] if len(body["entry"]) == len(events) == 1 else {}
    words = event.get("message", {}).get("text")
    if body["object"] != "page" or not words or event["message"].keys() != {"mid", "text"}:
        return "meta", body
    number = int(sample.removeprefix("S"))
    platform = _DRESSES[number % len(_DRESSES)]
    if platform == "whatsapp":
        return platform, _whatsapp(number, event["timestamp"] // 1000, words)
    if platform == "telegram":
        return platform, _telegram(number, event["timestamp"] // 1000, words)
    return platform, body


def _whatsapp(number: int, at: int, words: str) -> Body:
    sender = f"6281100{number:06d}"
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": f"Warga {number}"}, "wa_id": sender}],
        "messages": [
            {
                "from": sender,
                "id": f"wamid.DEMO{number:06d}",
                "timestamp": str(at),
                "type": "text",
                "text": {"body": words},
            }
        ],
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _telegram(number: int, at: int, words: str) -> Body:
    person = {"id": 700_000_000 + number, "first_name": f"Warga {number}"}
    message = {
        "message_id": number,
        "from": person | {"is_bot": False, "language_code": "id"},
        "chat": person | {"type": "private"},
        "date": at,
        "text": words,
    }
    return {"update_id": 10_000 + number, "message": message}
