"""The GATT side: one central at a time, one notification a turn, nothing sent to a link that is not trusted.

`gatts_notify` ignores whether the central subscribed, cuts what does not fit the MTU, and fails when its queue is full: so sending
begins with START, waits for the MTU, and a frame leaves the ring's cursor only after it was taken.
"""

import bluetooth
from micropython import const

from firmware_protocol import tables

TURN_MS = 50  # notifications closer together than this stall the ESP32-C3

_CONNECT, _DISCONNECT, _WRITE = const(1), const(2), const(3)
_MTU, _ENCRYPTION, _GET_SECRET, _SET_SECRET = const(21), const(28), const(29), const(30)
_READ, _WRITE_COMMAND, _WRITE_REQUEST, _NOTIFY = const(0x02), const(0x04), const(0x08), const(0x10)
_READ_ENCRYPTED, _WRITE_ENCRYPTED = const(0x0200), const(0x1000)
_NO_INPUT_NO_OUTPUT = const(3)
_SMALLEST_MTU = const(23)
_ADVERTISING_US = const(200000)
_WAITING_WRITES = const(16)
_CONTROL_BYTES = const(64)


class Service:
    """Set before the first turn: `ring`, which frames come from; `control` and `alert`, called with what a trusted central wrote to
    those characteristics."""

    def __init__(self, bonds, board, model, firmware):
        self.ring = None
        self._bonds = bonds
        self._secure = board["secure"]
        self._name = board["name"]
        self.control = self.alert = None
        self.streaming = False
        self._writes = []
        self._status = None
        self._battery = None
        self._link_lost()
        self._ble = ble = bluetooth.BLE()
        ble.irq(self._irq)  # first: the stack asks for its own secret as it comes up
        ble.active(True)
        ble.config(gap_name=self._name, mtu=247)
        self._bonding = False
        if self._secure:
            ble.config(bond=False, mitm=False, le_secure=True, io=_NO_INPUT_NO_OUTPUT)
        self._register(model, board["serial"], firmware)

    def _register(self, model, serial, firmware):
        uuid = bluetooth.UUID
        read, write = (_READ_ENCRYPTED, _WRITE_ENCRYPTED) if self._secure else (0, 0)
        own = (
            (uuid(tables.DATA_UUID), _NOTIFY | read),
            (uuid(tables.CONTROL_UUID), _WRITE_REQUEST | write),
            (uuid(tables.STATUS_UUID), _READ | _NOTIFY | read),
        )
        information = tuple((uuid(number), _READ) for number in (0x2A26, 0x2A24, 0x2A25))
        services = (
            (uuid(tables.SERVICE_UUID), own),
            (uuid(tables.BATTERY_SERVICE), ((uuid(tables.BATTERY_LEVEL), _READ | _NOTIFY),)),
            (uuid(tables.DEVICE_INFORMATION_SERVICE), information),
            (uuid(tables.IMMEDIATE_ALERT_SERVICE), ((uuid(tables.ALERT_LEVEL), _WRITE_COMMAND | write),)),
        )
        handles = self._ble.gatts_register_services(services)
        self._data, self._control, self._state = handles[0]
        (self._level,), texts, (self._alert,) = handles[1:]
        self._ble.gatts_set_buffer(self._control, _CONTROL_BYTES)  # 20 bytes otherwise; BUZZ has up to 23
        for handle, text in zip(texts, (firmware, model, serial)):
            self._ble.gatts_write(handle, text.encode())

    def _link_lost(self):
        self._connection = None
        self._mtu = _SMALLEST_MTU
        self._bonded = self._refused = self._advertising = False
        self.streaming = False

    def _irq(self, event, data):
        """In the stack's interrupt: takes note, no more. The buffers it is given are gone afterwards."""
        if event == _CONNECT:
            self._link_lost()
            self._connection = data[0]
        elif event == _DISCONNECT:
            if data[0] == self._connection:
                self._link_lost()
        elif event == _MTU:
            self._mtu = data[1]
        elif event == _WRITE:
            if len(self._writes) < _WAITING_WRITES:
                self._writes.append((data[1], bytes(self._ble.gatts_read(data[1]))))
        elif event == _ENCRYPTION:
            self._bonded = bool(data[1] and data[3])
            self._refused = self._refused or not self._bonded
        elif event == _GET_SECRET:
            return self._bonds.get(*data)
        elif event == _SET_SECRET:
            return self._bonds.put(*data)
        return None

    @property
    def trusted(self):
        """There is a central, and it may have data and give commands."""
        return self._connection is not None and (self._bonded or not self._secure)

    def turn(self):
        """Every TURN_MS: what was written is done, then at most one notification is sent."""
        if self._connection is None:
            self._writes.clear()
            self._bonds.restore()
            self._advertise()
        if self._secure and self._bonding != self._bonds.window_open:
            self._bonding = not self._bonding
            self._ble.config(bond=self._bonding)  # a central that pairs outside the window is not to keep the keys
        if self._connection is None:
            return
        if self._secure and self._refused:
            self.disconnect()
            return
        while self._writes:
            handle, value = self._writes.pop(0)
            if self.trusted and handle == self._control:
                self.control(value)
            elif self.trusted and handle == self._alert:
                self.alert(value)
        self._send()

    def _send(self):
        if self._status is not None:
            if self._notify(self._state, self._status):
                self._status = None
        elif self._battery is not None:
            self._ble.gatts_write(self._level, self._battery, True)
            self._battery = None
        elif self.streaming:
            frame = self.ring.peek()
            if frame is not None and self._notify(self._data, frame):
                self.ring.sent()

    def _notify(self, handle, packet):
        if not self.trusted or len(packet) + 3 > self._mtu:
            return False
        try:
            self._ble.gatts_notify(self._connection, handle, packet)
        except OSError:  # queue full, or the link has just gone: it stays where it is
            return False
        return True

    def set_status(self, packet, notify):
        """Set the status that a read returns; with `notify` it is also sent."""
        self._ble.gatts_write(self._state, packet)
        if notify and self._connection is not None:
            self._status = packet

    def set_battery(self, percent):
        if percent != tables.UNKNOWN:
            self._ble.gatts_write(self._level, bytes((percent,)))
            self._battery = bytes((percent,))

    def disconnect(self):
        if self._connection is not None:
            self._ble.gap_disconnect(self._connection)

    def _advertise(self):
        if self._advertising:
            return
        name = self._name.encode()
        uuid = bytes(bluetooth.UUID(tables.SERVICE_UUID))
        begin = b"\x02\x01\x06" + bytes((len(uuid) + 1, 0x07)) + uuid
        room = 31 - len(begin) - 2
        kind = 0x09 if len(name) <= room else 0x08
        try:
            self._ble.gap_advertise(
                _ADVERTISING_US,
                begin + bytes((len(name[:room]) + 1, kind)) + name[:room],
                resp_data=bytes((len(name[:29]) + 1, 0x09)) + name[:29],
            )
            self._advertising = True
        except OSError:  # the stack is still busy with the link that went: next turn
            pass
