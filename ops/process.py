"""What every long-running process of Aduan does alike: logging, signals, health, and how it ends."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog

from aduan.settings import Settings
from ops.health import Health, serve_health

STALLED: Final = 70
"""Exit code of a process that found itself stalled (EX_SOFTWARE); the supervisor starts it again."""


def set_up_logging(process: str) -> None:
    """JSON lines on stderr, with the process's name; libraries from WARNING up."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set: the process then finishes what is in hand and ends."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop


@contextmanager
def health_endpoint(settings: Settings, check: Callable[[], Health]) -> Iterator[None]:
    """Serve health while the block runs; `ADUAN_HEALTH_PORT=0` means none."""
    if settings.health_port == 0:
        yield
        return
    server = serve_health(settings.health_host, settings.health_port, check)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
