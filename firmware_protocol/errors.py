"""The one error of the wire. Runs on MicroPython too."""


class FrameError(ValueError):
    """Bytes (or values) that are not a packet of this protocol.

    `field` names the field that gave it away, `offset` is its first byte in the packet (-1: the packet as a whole).
    """

    def __init__(self, what: str, field: str = "packet", offset: int = -1) -> None:
        super().__init__(what)
        self.what = what
        self.field = field
        self.offset = offset

    def __str__(self) -> str:
        where = self.field if self.offset < 0 else f"{self.field} (byte {self.offset})"
        return f"{where}: {self.what}"
