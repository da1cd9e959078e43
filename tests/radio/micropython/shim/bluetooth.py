# MicroPython's `bluetooth`, as far as a peripheral uses it. Every GATT call crosses the link to whoever owns the radio: the test
# itself, or a Bumble device (host.py). Events come back and call the firmware's interrupt handler.
import os
from binascii import hexlify, unhexlify

import link

ENOMEM, ENODEV, EINVAL, ENOTCONN = 12, 19, 22, 128
_OUR_IDENTITY = 10
_CONNECT, _DISCONNECT, _WRITE, _GET_SECRET, _SET_SECRET = 1, 2, 3, 29, 30


def UUID(value):
    if isinstance(value, int):
        return value.to_bytes(2, "little")
    return bytes(reversed(unhexlify(value.replace("-", ""))))


def _hex(value):
    return None if value is None else hexlify(value).decode()


def _bytes(value):
    return None if value is None else memoryview(unhexlify(value))


class BLE:
    _only = None

    def __new__(cls):
        if cls._only is None:
            cls._only = object.__new__(cls)
            cls._only._reset()
        return cls._only

    def _reset(self):
        self._active = False
        self._irq = None
        self._values = {}
        self._rooms = {}
        self._connections = set()
        self._config = {"mtu": 256, "gap_name": "MPY ESP32"}
        link.handlers["event"] = self._event

    def active(self, on=None):
        if on and not self._active:
            self._load_identity()
        if on is not None:
            self._active = bool(on)
        return self._active

    def _load_identity(self):
        """NimBLE's port asks for its identity key as it starts, makes one if there is none, and fails if it is not kept."""
        key = memoryview(b"irk")
        known = self._irq and self._irq(_GET_SECRET, (_OUR_IDENTITY, 0, key))
        if not known and not (self._irq and self._irq(_SET_SECRET, (_OUR_IDENTITY, key, memoryview(os.urandom(16))))):
            raise OSError(EINVAL)

    def config(self, *names, **values):
        if not self._active:
            raise OSError(ENODEV)
        if names:
            return (0, unhexlify("c41122334455")) if names[0] == "mac" else self._config[names[0]]
        self._config.update(values)
        link.send(op="config", values=values)
        return None

    def irq(self, handler):
        self._irq = handler

    def _event(self, message):
        event, data = message["event"], message["data"]
        if event in (_CONNECT, _DISCONNECT):
            (self._connections.add if event == _CONNECT else self._connections.discard)(data[0])
            data = (data[0], data[1], _bytes(data[2]))
        elif event == _WRITE:
            handle = data[1]
            self._values[handle] = unhexlify(message["value"])[: self._rooms[handle]]
        elif event == _GET_SECRET:
            data = (data[0], data[1], _bytes(data[2]))
        elif event == _SET_SECRET:
            data = (data[0], _bytes(data[1]), _bytes(data[2]))
        answer = self._irq(event, tuple(data)) if self._irq else None
        if event == _GET_SECRET:
            link.send(op="secret", value=_hex(answer))
        elif event == _SET_SECRET:
            link.send(op="secret", value=bool(answer))

    def gap_advertise(self, interval_us, adv_data=None, *, resp_data=None, connectable=True):
        if len(adv_data or b"") > 31 or len(resp_data or b"") > 31:
            raise OSError(EINVAL)
        link.send(op="advertise", interval_us=interval_us, data=_hex(adv_data), response=_hex(resp_data))

    def gap_disconnect(self, connection):
        if connection not in self._connections:
            return False
        link.send(op="disconnect", connection=connection)
        return True

    def gatts_register_services(self, services):
        handle, handles, table = 0, [], []
        for uuid, characteristics in services:
            own = []
            for characteristic, flags in characteristics:
                handle += 1
                own.append((handle, _hex(bytes(reversed(characteristic))), flags))
                self._values[handle], self._rooms[handle] = b"", 20
            handles.append(tuple(number for number, _, _ in own))
            table.append((_hex(bytes(reversed(uuid))), own))
        link.send(op="register", services=table)
        return tuple(handles)

    def gatts_set_buffer(self, handle, length, append=False):
        self._rooms[handle] = length

    def gatts_read(self, handle):
        return self._values[handle]

    def gatts_write(self, handle, data, send_update=False):
        self._values[handle] = bytes(data)
        self._rooms[handle] = max(self._rooms[handle], len(data))
        link.send(op="write", handle=handle, value=_hex(data), update=bool(send_update))

    def gatts_notify(self, connection, handle, data=None):
        if connection not in self._connections:
            raise OSError(ENOTCONN)
        if link.hardware.get("queue_full"):
            raise OSError(ENOMEM)
        link.send(op="notify", connection=connection, handle=handle, value=_hex(self._values[handle] if data is None else data))
