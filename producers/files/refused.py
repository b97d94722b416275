"""Why a file can't be taken, raised where it is found."""

from aduan.file_kinds import Refusal


class RefusedFileError(Exception):
    """The file is refused; the reason is all that is told of it."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def damaged() -> RefusedFileError:
    """It is not what it begins as."""
    return RefusedFileError(Refusal.DAMAGED)
