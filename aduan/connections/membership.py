"""A name in a consumer group that stays the same when a process is started again, with nothing to configure.

Kafka gives a restarted static member its partitions back at once; one without a name waits for the session of its dead
predecessor to time out. The name is the first free slot of this machine, held by a lock that ends with the process.
"""

import fcntl
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from aduan.settings import Settings
from schemas.errors import SettingsError

_SLOTS = 100


@contextmanager
def stable_instance(settings: Settings, stage: str) -> Iterator[str]:
    """`<host>-<stage>-<slot>`, e.g. `ult1-indexer-1`, ours while the block runs.

    Raises SettingsError when the data folder can't be written or all slots are taken.
    """
    folder = settings.data_dir / "members"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"ADUAN_DATA_DIR: {folder} can't be made: {error.strerror}") from None
    host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:60] or "host"
    for slot in range(1, _SLOTS + 1):
        name = f"{host}-{stage}-{slot}"
        with (folder / f"{settings.namespace}{name}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield name
            return
    raise SettingsError(f"{_SLOTS} processes of the stage {stage} run on this machine already")
