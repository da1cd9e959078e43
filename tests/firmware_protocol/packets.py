"""Strategies: any valid packet."""

from __future__ import annotations

from hypothesis import strategies as st

from firmware_protocol import tables, wire
from firmware_protocol.packets import Buzz, Identify, Mode, SampleFrame, SetTime, Start, Status, Stop

u8 = st.integers(0, wire.U8)
u32 = st.integers(0, wire.U32)
scales = st.sampled_from(sorted(tables.SCALES))
rates = st.sampled_from(sorted(tables.RATES))


@st.composite
def frames(draw: st.DrawFn) -> SampleFrame:
    scale = draw(scales)
    count = draw(st.integers(1, wire.max_samples(scale)))
    size = count * 2 * tables.AXES[scale]
    return SampleFrame(draw(u32), draw(u32), draw(u32), scale, draw(rates), draw(st.binary(min_size=size, max_size=size)))


statuses = st.builds(
    Status,
    firmware=st.tuples(u8, u8, u8),
    session=u32,
    oldest=u32,
    newest=u32,
    drops=u32,
    device_time_us=u32,
    unix_ms=st.none() | st.integers(1, wire.U64),
    temperature_c=st.none() | st.integers(-5000, 15000).map(lambda t: t / 100),
    battery_percent=st.none() | st.integers(0, 100),
    worn=st.none() | st.booleans(),
    rate=rates,
    scale=scales,
    answered=st.integers(0, tables.IDENTIFY),
    answer=st.integers(0, 3),
)

controls = st.one_of(
    st.builds(Start, u32, u32),
    st.builds(Stop),
    st.builds(Mode, rates, scales),
    st.builds(SetTime, st.integers(0, wire.U64)),
    st.builds(Buzz, st.integers(1, 100), st.lists(st.tuples(u8, u8), min_size=1, max_size=8).map(tuple)),
    st.builds(Identify),
)
