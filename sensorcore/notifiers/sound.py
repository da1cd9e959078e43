"""Notifier: two soft notes through the system's audio player."""

from __future__ import annotations

import asyncio
import io
import shutil
import tempfile
import wave
from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.errors import SourceError
from sensorcore.notifiers.base import Notifier
from sensorcore.notifiers.words import Message

PLAYERS: Final = ("pw-play", "paplay", "aplay", "afplay")
RATE_HZ: Final = 22050
_NOTES_HZ: Final = (523.25, 659.25)
_NOTE_S: Final = 0.18


class Sound(Notifier):
    """Plays at what is urgent."""

    name = "sound"

    async def notify(self, message: Message) -> None:
        """Raises SourceError when nothing here can play."""
        if not message.urgent:
            return
        player = next((found for each in PLAYERS if (found := shutil.which(each))), None)
        if player is None:
            raise SourceError(f"none of {', '.join(PLAYERS)} is installed", hint="Install one, or set channels.sound to off.")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "notes.wav"
            await asyncio.to_thread(path.write_bytes, notes())
            nothing = asyncio.subprocess.DEVNULL
            process = await asyncio.create_subprocess_exec(player, str(path), stdout=nothing, stderr=nothing)
            try:
                if await process.wait():
                    raise SourceError(f"{Path(player).name} could not play", hint="Is a loudspeaker connected?")
            finally:
                if process.returncode is None:
                    process.kill()


def notes() -> bytes:
    """A WAV file: mono, 16 bits."""
    t_s = np.arange(round(_NOTE_S * RATE_HZ)) / RATE_HZ
    swell = np.sin(np.pi * t_s / _NOTE_S) ** 2
    samples = np.concatenate([0.25 * swell * np.sin(2 * np.pi * hz * t_s) for hz in _NOTES_HZ])
    with io.BytesIO() as out:
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes((samples * 32767).astype("<i2").tobytes())
        return out.getvalue()
