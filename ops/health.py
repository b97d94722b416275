"""The health of one process on loopback: `/healthz` (200 or 503, JSON) and `/metrics` (Prometheus)."""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


@dataclass(frozen=True, slots=True)
class Health:
    """What a process says of itself. `details` holds counts and states, never content."""

    ok: bool
    details: dict[str, str | int | float] = field(default_factory=dict)


def serve_health(host: str, port: int, check: Callable[[], Health]) -> ThreadingHTTPServer:
    """Serve in a daemon thread until `shutdown()`. Port 0 picks a free one (`server.server_port`)."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "aduan"
        sys_version = ""

        def do_GET(self) -> None:
            if self.path == "/healthz":
                health = check()
                status = HTTPStatus.OK if health.ok else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "application/json", json.dumps(asdict(health)).encode())
            elif self.path == "/metrics":
                self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"try /healthz or /metrics\n")

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """Health checks are not logged."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
