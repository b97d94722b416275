"""The health check of the image: exit code 0 when this container's process says that it is well."""

import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """0 for a 200 from the process's own health endpoint on loopback, 1 for anything else."""
    url = f"http://127.0.0.1:{os.environ.get('ADUAN_HEALTH_PORT', '9100')}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:
            return 0 if answer.status == 200 else 1  # noqa: PLR2004 - it says what it means
    except (urllib.error.URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
