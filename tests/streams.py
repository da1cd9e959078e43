"""Short simulated streams for tests, made once: a FileSource whose blocks are cut as a test asks."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from sensorcore.events import Event
from sensorcore.model import SampleBlock, StreamInfo
from sensorcore.ports import StreamItem
from sensorcore.simulator import Simulation
from sensorcore.view.event_summary import EventSummarizer, EventSummary


@lru_cache
def workday(duration_s: float = 300.0) -> tuple[StreamInfo, SampleBlock]:
    """The start of `workday-short`: slouches and alerts at 55 s and 237 s, good again at 94 s and 264 s."""
    simulation = Simulation(duration_s=duration_s, sample_rate_hz=52.0)
    return simulation.info, SampleBlock.joined(list(simulation.items()))


class Stream:
    """A FileSource over samples in memory; `fault` is raised in place of the block that begins after `fault_at_s`."""

    def __init__(
        self, info: StreamInfo, items: Sequence[StreamItem], *, fault: Exception | None = None, fault_at_s: float = 0.0
    ) -> None:
        self.info = info
        self._items = items
        self._fault = fault
        self._fault_at_s = fault_at_s

    @property
    def duration_hint_s(self) -> float | None:
        last = self._items[-1] if self._items else None
        return float(last.t_s[-1]) if isinstance(last, SampleBlock) else None

    @property
    def warnings(self) -> tuple[str, ...]:
        return ()

    def items(self) -> Iterator[StreamItem]:
        for item in self._items:
            if self._fault is not None and isinstance(item, SampleBlock) and item.t_s[0] >= self._fault_at_s:
                raise self._fault
            yield item


def stream(*, duration_s: float = 300.0, block: int = 1500, fault: Exception | None = None, fault_at_s: float = 0.0) -> Stream:
    """`workday` in blocks of `block` samples."""
    info, whole = workday()
    n = int((whole.t_s < duration_s).sum())
    items = [whole[start : min(start + block, n)] for start in range(0, n, block)]
    return Stream(info, items, fault=fault, fault_at_s=fault_at_s)


def summarize(events: Iterable[Event], info: StreamInfo) -> EventSummary:
    """Summary of `events` (in order)."""
    summarizer = EventSummarizer(info)
    summarizer.add(events)
    return summarizer.summary
