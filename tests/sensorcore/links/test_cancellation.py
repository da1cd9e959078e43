"""A task that was cancelled ends; a CancelledError out of something that it awaits is an error of that."""

from __future__ import annotations

import asyncio

import pytest

from sensorcore.links.cancellation import StrayCancellation, stray_cancellation_as_error


async def cancelled_by_its_stack() -> None:
    """As a request that a radio stack gives up when the link drops."""
    pending = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(pending.cancel)
    await pending


async def test_a_stray_cancellation_is_an_error() -> None:
    with pytest.raises(StrayCancellation, match="the connection broke"), stray_cancellation_as_error():
        await cancelled_by_its_stack()


async def test_a_cancelled_task_stays_cancelled() -> None:
    async def waits() -> None:
        with stray_cancellation_as_error():
            await asyncio.Event().wait()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_a_stray_one_is_told_from_an_older_request_while_cleaning_up() -> None:
    found: list[BaseException] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                with stray_cancellation_as_error():
                    await cancelled_by_its_stack()
            except StrayCancellation as error:
                found.append(error)

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert len(found) == 1


async def test_a_time_out_is_a_time_out_inside_and_outside() -> None:
    async def inside() -> None:
        with stray_cancellation_as_error():
            async with asyncio.timeout(0):
                await asyncio.Event().wait()

    async def outside() -> None:
        async with asyncio.timeout(0):
            with stray_cancellation_as_error():
                await asyncio.Event().wait()

    for waits in (inside, outside):
        with pytest.raises(TimeoutError):
            await waits()
