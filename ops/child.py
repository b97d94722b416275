"""Started between the supervisor and a process: binds its life to the supervisor's, then becomes it (`exec`).

Run as a script, with nothing imported but the standard library. When the supervisor dies, even by SIGKILL, the kernel
sends SIGTERM to the process (PR_SET_PDEATHSIG, prctl(2)), which then ends in its own way. Where there is no prctl the
process outlives a killed supervisor, and the next `aduan run` stops it by its note in run.json.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """`child.py <pid of the supervisor> <program> <argument>…`."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - this is the point of the script


if __name__ == "__main__":
    main()
