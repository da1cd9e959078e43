"""What the simulated link delivers, read by the product's own driver."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import wire
from firmware_protocol.errors import FrameError
from sensorcore.devices.base import Decoded
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.errors import BadInput
from sensorcore.model import Notification
from sensorcore.simulator import SensorModel, Simulated, Simulation, load, simulate
from sensorcore.simulator.faults import Fault, FaultKind
from sensorcore.simulator.link import Link, notifications
from sensorcore.simulator.scenario import LinkModel
from tests.examples import examples


def run(
    *faults: Fault,
    link: LinkModel | None = None,
    seed: int = 1,
    duration_s: float = 60.0,
    sensor: SensorModel | None = None,
) -> Simulation:
    scenario = replace(load("workday-short"), link=link or LinkModel(), faults=faults)
    return Simulation(scenario, seed, duration_s=duration_s, sensor=sensor)


def arrivals(simulation: Simulation) -> list[Notification]:
    return [notification for _, arrived in notifications(simulation) for notification in arrived]


def decode(simulation: Simulation, arrived: list[Notification]) -> Decoded:
    driver = SpinaeSensor(simulation.info.device)
    return driver.decode(driver.initial(), arrived)[1]


@pytest.mark.parametrize(
    "sensor", [SensorModel(), SensorModel(sample_rate_hz=52.0), SensorModel(sample_rate_hz=26.0, scale=2), SensorModel(scale=21)]
)
def test_a_sound_link_delivers_every_sample_bit_for_bit(sensor: SensorModel) -> None:
    simulation = run(sensor=sensor)
    decoded = decode(simulation, arrivals(simulation))
    sent = simulate(simulation.scenario, 1, duration_s=60.0, sensor=sensor).block
    n = len(decoded.block)
    assert len(sent) - n < 16
    assert np.array_equal(decoded.block.acc_mps2, sent.acc_mps2[:n])
    if sent.gyr_radps is not None and decoded.block.gyr_radps is not None:
        assert np.array_equal(decoded.block.gyr_radps, sent.gyr_radps[:n])
    assert np.abs(decoded.block.t_s - sent.t_s[:n]).max() < 2e-3
    assert (decoded.rejected, decoded.duplicates, int(decoded.block.after_gap.sum())) == (0, 0, 0)


def test_faults_do_what_they_say() -> None:
    simulation = run(
        Fault("lost", 10.0, 0.01, share=1.0), Fault("duplicate", 20.0, 0.01, share=1.0), Fault("lost", 30.0, 2.0, share=1.0)
    )
    decoded = decode(simulation, arrivals(simulation))
    gaps_s = decoded.block.t_s[decoded.block.after_gap]
    missing_s = np.diff(decoded.block.t_s)[np.flatnonzero(decoded.block.after_gap) - 1]
    np.testing.assert_allclose(gaps_s, [10.1, 32.0], atol=0.2)
    np.testing.assert_allclose(missing_s, [17 / 104, 2.0], atol=0.2)
    assert decoded.duplicates == 1


def test_a_reboot_starts_a_new_session_and_loses_its_time() -> None:
    simulation = run(Fault("reboot", 25.0))
    arrived = arrivals(simulation)
    headers = [wire.unpack_data(notification.payload) for notification in arrived]
    sessions = [header[3] for header in headers]
    change = next(k for k in range(1, len(sessions)) if sessions[k] != sessions[k - 1])
    assert len(set(sessions)) == 2
    assert headers[change][4] == 0
    assert 2.4e6 < headers[change][5] < 3e6
    decoded = decode(simulation, arrived)
    after_s = float(decoded.block.t_s[decoded.block.after_gap][0])
    assert after_s == pytest.approx(27.6, abs=0.3)
    assert len(decoded.block) == pytest.approx((60 - 2.6) * 104.5, abs=40)


@pytest.mark.slow
@given(share=st.floats(0.0, 0.3), doubled=st.floats(0.0, 0.3), seed=st.integers(0, 50))
@examples(10)
def test_shares_are_kept_and_no_sample_is_invented(share: float, doubled: float, seed: int) -> None:
    simulation = run(Fault("lost", share=share), Fault("duplicate", share=doubled), seed=seed)
    arrived = arrivals(simulation)
    decoded = decode(simulation, arrived)
    frames = 60 * 104.52 / 16
    assert len(decoded.block) / 16 == pytest.approx(frames * (1 - share), abs=4 * np.sqrt(frames * share) + 2)
    assert decoded.duplicates == pytest.approx(frames * (1 - share) * doubled, abs=4 * np.sqrt(frames * doubled) + 2)
    truth = set(map(bytes, np.ascontiguousarray(simulate(simulation.scenario, seed, duration_s=60.0).block.acc_mps2)))
    assert all(bytes(row) in truth for row in np.ascontiguousarray(decoded.block.acc_mps2))


def test_arrivals_are_in_order_late_by_the_jitter_and_in_bursts() -> None:
    simulation = run(link=LinkModel(jitter_ms=(5.0, 20.0), holds_per_min=6.0))
    arrived = arrivals(simulation)
    times_ns = np.array([notification.arrival_unix_ns for notification in arrived])
    assert (np.diff(times_ns) >= 0).all()
    assert (np.diff(times_ns) == 0).any(), "frames held back arrive together"
    last = np.arange(1, len(arrived) + 1) * 16 - 1
    late_s = (times_ns - (simulation.info.start_unix_ns or 0)) / 1e9 - last / (104.0 * 1.005)
    assert late_s.min() >= 0.005 - 1e-6
    assert np.median(late_s) < 0.020
    assert 0.05 < late_s.max() < 0.6


EVERYTHING = (
    Fault("lost", share=0.1),
    Fault("duplicate", share=0.1),
    Fault("damaged", share=0.1),
    Fault("reboot", 4.0),
    Fault("stall", 8.0, 3.0, ring_s=2.0),
    Fault("backfill", 14.0, 3.0, delay_s=2.0),
    Fault("batch", 18.0, 4.0),
    Fault("battery", 24.0, 4.0),
)


@given(cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=8))
@examples(10)
def test_frames_do_not_depend_on_how_the_stream_is_cut(cuts: list[int]) -> None:
    simulation = run(*EVERYTHING, duration_s=30.0)
    whole = simulate(simulation.scenario, 1, duration_s=30.0)
    rng = np.random.default_rng
    links = [Link(simulation.scenario.link, simulation.faults, simulation.model, rng(simulation.link_seed), 0) for _ in range(2)]
    edges = [0, *sorted({min(sum(cuts[: k + 1]), len(whole.block)) for k in range(len(cuts))}), len(whole.block)]
    pieces = [part(whole, begin, end) for begin, end in pairwise(edges) if end > begin]
    assert [n for piece in pieces for n in links[0].send(piece)] == list(links[1].send(whole))


def part(whole: Simulated, begin: int, end: int) -> Simulated:
    return replace(whole, block=whole.block[begin:end], counts=whole.counts[begin:end])


def test_the_device_clock_wraps() -> None:
    simulation = run(link=LinkModel(booted_s_ago=2**32 / 1e6 - 30.0))
    ticks = [wire.unpack_data(notification.payload)[5] for notification in arrivals(simulation)]
    assert min(ticks) < 1e6
    assert len(decode(simulation, arrivals(simulation)).block) > 6000


def test_a_rate_the_wire_does_not_know_is_refused() -> None:
    simulation = run(sensor=SensorModel(sample_rate_hz=100.0))
    with pytest.raises(BadInput, match="104"):
        next(notifications(simulation))


@pytest.mark.parametrize(
    "link", [LinkModel(jitter_ms=(9.0, 2.0)), LinkModel(holds_per_min=float("nan")), LinkModel(booted_s_ago=-1.0)]
)
def test_a_link_that_cannot_be_is_refused(link: LinkModel) -> None:
    with pytest.raises(BadInput, match="link"):
        next(notifications(run(link=link)))


def test_damaged_frames_are_the_drivers_to_refuse() -> None:
    simulation = run(duration_s=5.0)
    payload = arrivals(simulation)[0].payload
    with pytest.raises(FrameError):
        wire.unpack_data(payload[:-1])


def test_a_stall_is_caught_up_in_order_and_nothing_is_lost() -> None:
    sound, stalled = run(), run(Fault("stall", 20.0, 10.0))
    arrived = arrivals(stalled)
    assert [n.payload for n in arrived] == [n.payload for n in arrivals(sound)]
    times_s = seconds(stalled, arrived)
    assert (np.diff(times_s) >= 0).all()
    assert not ((times_s > 20.2) & (times_s < 30.0)).any()
    behind = (times_s >= 30.0) & (times_s < 32.0)
    assert behind.sum() > 70, "ten seconds are caught up within two"
    assert np.diff(times_s[behind]).min() > 0.0199
    assert int(decode(stalled, arrived).block.after_gap.sum()) == 0


def test_what_the_sensor_cannot_hold_is_overwritten() -> None:
    simulation = run(Fault("stall", 20.0, 10.0, ring_s=4.0))
    block = decode(simulation, arrivals(simulation)).block
    after = int(np.flatnonzero(block.after_gap)[0])
    assert block.t_s[after - 1] == pytest.approx(20.0, abs=0.2)
    assert block.t_s[after] == pytest.approx(26.0, abs=0.2)


def test_frames_asked_for_again_come_out_of_turn_and_do_no_harm() -> None:
    simulation = run(Fault("backfill", 20.0, 6.0, delay_s=4.0))
    arrived = arrivals(simulation)
    sequences = [wire.unpack_data(n.payload)[4] for n in arrived]
    assert set(sequences) == set(range(min(sequences), max(sequences) + 1)), "in the end everything has come"
    back = next(k for k, (before, after) in enumerate(pairwise(sequences)) if after < before)
    assert (np.diff(sequences[: back + 1]) >= 1).all()
    again = sequences[back + 1 :]
    assert (np.diff(again) == 1).all(), "old before new, then live again"
    assert (np.diff(seconds(simulation, arrived)) >= 0).all()
    decoded = decode(simulation, arrived)
    assert decoded.duplicates == pytest.approx(10.0 * 104.52 / 16, abs=2)
    assert int(decoded.block.after_gap.sum()) == 1
    assert np.diff(decoded.block.t_s).max() == pytest.approx(6.0, abs=0.3)


def test_batches_arrive_together() -> None:
    simulation = run(Fault("batch", 10.0, 20.0, every_s=2.0))
    times_s = seconds(simulation, arrivals(simulation))
    inside = np.unique(times_s[(times_s > 10.4) & (times_s < 29.9)])
    np.testing.assert_allclose(inside, np.arange(12.0, 30.0, 2.0))


def test_damage_is_found_by_the_driver() -> None:
    simulation = run(Fault("damaged", share=0.2))
    arrived = arrivals(simulation)
    decoded = decode(simulation, arrived)
    assert decoded.rejected == pytest.approx(0.2 * len(arrived), abs=30)
    assert len(decoded.block) == 16 * (len(arrived) - decoded.rejected)


@pytest.mark.parametrize(("duration_s", "sessions"), [(None, 1), (15.0, 2)])
def test_an_empty_battery_ends_or_pauses_the_stream(duration_s: float | None, sessions: int) -> None:
    simulation = run(Fault("battery", 30.0, duration_s))
    arrived = arrivals(simulation)
    block = decode(simulation, arrived).block
    assert len({wire.unpack_data(n.payload)[3] for n in arrived}) == sessions
    assert not ((block.t_s > 30.0) & (block.t_s < 44.7)).any()
    assert block.t_s[-1] == pytest.approx(30.0 if duration_s is None else 60.0, abs=0.4)


@pytest.mark.parametrize("kind", ["lost", "duplicate", "damaged"])
def test_a_share_of_nothing_is_a_sound_link(kind: FaultKind) -> None:
    assert arrivals(run(Fault(kind, share=0.0))) == arrivals(run())


def seconds(simulation: Simulation, arrived: list[Notification]) -> np.ndarray:
    return np.array([(n.arrival_unix_ns - (simulation.info.start_unix_ns or 0)) / 1e9 for n in arrived])
