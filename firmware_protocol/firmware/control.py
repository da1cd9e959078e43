"""Commands of the central, and the sensor's status."""

import board
import buzz
from ticks import U32

from firmware_protocol import tables, wire

_ALERTS = (None, buzz.MILD, buzz.HIGH)


class Control:
    def __init__(self, sampler, ring, service, clock, buzzer, watchdog):
        self._sampler = sampler
        self._ring = ring
        self._service = service
        self._clock = clock
        self._buzzer = buzzer
        self._watchdog = watchdog
        self._answered = self._answer = 0
        self.battery_percent = tables.UNKNOWN
        self.temperature_centi_c = tables.UNKNOWN_TEMPERATURE

    def written(self, packet):
        """Executes a control packet; an invalid one is answered with its error and changes nothing."""
        try:
            self._answered, values = wire.unpack_control(packet)
        except wire.FrameError:
            known = len(packet) > 1 and packet[0] == wire.CONTROL_TAG and tables.START <= packet[1] <= tables.IDENTIFY
            self._answered, self._answer = packet[1] if known else 0, tables.MALFORMED
        else:
            self._answer = self._do(self._answered, values)
        self.tell(True)

    def _do(self, command, values):
        if command == tables.START:
            return self._start(*values)
        if command == tables.STOP:
            self._service.streaming = False
        elif command == tables.MODE:
            if not self._sampler.mode(*values):
                return tables.UNSUPPORTED
            board.remember(rate=self._sampler.rate, scale=self._sampler.scale)
        elif command == tables.TIME:
            self._clock.set_unix_ms(values[0])
        elif command == tables.BUZZ:
            self._buzzer.play(values[0], values[1:])
        else:
            self._buzzer.play(*buzz.IDENTIFY, light=True)
        return tables.DONE

    def _start(self, session, sequence):
        self._watchdog.start()
        self._service.streaming = True
        if sequence == tables.LIVE_ONLY:
            self._ring.seek_live()
            return tables.DONE
        if session == self._sampler.session and self._ring.seek(sequence):
            return tables.DONE
        self._ring.seek(self._ring.oldest)
        return tables.OVERWRITTEN

    def alert(self, level):
        """Immediate Alert: 0 off, 1 mild, 2 high; anything else is not for us."""
        if len(level) == 1 and level[0] < len(_ALERTS):
            pattern = _ALERTS[level[0]]
            if pattern is None:
                self._buzzer.stop()
            else:
                self._buzzer.play(*pattern)

    def tell(self, notify):
        """The status as it is now."""
        self._service.set_status(
            wire.pack_status(
                *board.FIRMWARE,
                self._sampler.session,
                self._ring.oldest,
                self._ring.newest,
                self._ring.drops,
                self._clock.now_us() & U32,
                self._clock.unix_ms() & wire.U64,
                self.temperature_centi_c,
                self.battery_percent,
                tables.UNKNOWN,
                self._sampler.rate,
                self._sampler.scale,
                self._answered,
                self._answer,
            ),
            notify,
        )
