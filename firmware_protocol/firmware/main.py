"""spinae's sensor: an ESP32-C3 or -S3 with MicroPython and an IMU on I2C. Runs at power-on; see README.md beside this file."""

import asyncio
import sys
import time

import board
import buzz
import machine
import ring
import service
import watchdog
from battery import Battery
from bonds import Bonds
from button import Button
from control import Control
from imu_lsm6ds import Lsm6ds
from imu_mpu6050 import Mpu6050
from sampler import Sampler
from ticks import Clock

SAMPLING_MS = 25  # the MPU6050's FIFO holds 400 ms at 200 Hz
UNEVEN_MS = 10  # looking at uneven intervals tells sooner when a sample comes
KEEPING_MS = 1000
TELLING_MS = 60000


def find_imu(pins):
    i2c = machine.I2C(0, scl=machine.Pin(pins["scl"]), sda=machine.Pin(pins["sda"]), freq=400000)
    imu = Lsm6ds.find(i2c) or Mpu6050.find(i2c)
    if imu is None:
        found = ", ".join(hex(address) for address in i2c.scan()) or "nothing"
        raise RuntimeError("no LSM6DS3TR-C or MPU6050 answers on I2C (found: %s); check the four wires" % found)
    return imu


async def sample(sampler, control, dog):
    session = None
    extra_ms = 0
    while True:
        if sampler.poll():
            dog.alive(watchdog.SAMPLING)
        if sampler.session != session:
            session = sampler.session
            control.tell(True)
        extra_ms = (extra_ms + 3) % UNEVEN_MS
        await asyncio.sleep_ms(SAMPLING_MS + extra_ms)


async def talk(radio, dog):
    while True:
        radio.turn()
        dog.alive(watchdog.RADIO)
        await asyncio.sleep_ms(service.TURN_MS)


async def keep(sampler, control, radio, battery, bonds):
    """Once a second: keys to the flash, a fresh status to read; once a minute the battery, and the status is notified."""
    told_ms = None
    while True:
        bonds.save()
        due = told_ms is None or time.ticks_diff(time.ticks_ms(), told_ms) >= TELLING_MS
        if due:
            told_ms = time.ticks_ms()
            control.battery_percent = battery.percent()
            radio.set_battery(control.battery_percent)
        control.temperature_centi_c = sampler.temperature_centi_c()
        control.tell(due)
        await asyncio.sleep_ms(KEEPING_MS)


async def watch_button(pin, bonds, buzzer, radio):
    if pin is None:  # then switching on is what opens the window
        bonds.open_window()
        return
    button = Button(pin)
    while True:
        event = button.poll()
        if event == "press":
            bonds.open_window()
            buzzer.play(*buzz.PAIRING, light=True)
        elif event == "hold":
            bonds.forget()
            radio.disconnect()
            buzzer.play(*buzz.FORGOTTEN, light=True)
        await asyncio.sleep_ms(20)


async def run():
    settings = board.load()
    imu = find_imu(settings)
    clock = Clock()
    dog = watchdog.Watchdog()
    bonds = Bonds(board.BONDS_FILE)
    buzzer = buzz.Buzzer(settings["motor"], settings["led"], settings["led_on"])
    version = ".".join(str(part) for part in board.FIRMWARE)
    radio = service.Service(bonds, settings, settings["model"] + " " + imu.name, version)
    radio.ring = frames = ring.Ring(ring.memory(settings["ring_bytes"]))  # only now: the radio has taken what it needs
    sampler = Sampler(imu, frames, clock, settings["rate"], settings["scale"])
    control = Control(sampler, frames, radio, clock, buzzer, dog)
    radio.control, radio.alert = control.written, control.alert
    await asyncio.gather(
        sample(sampler, control, dog),
        talk(radio, dog),
        keep(sampler, control, radio, Battery(settings["battery"], settings["battery_ratio"]), bonds),
        watch_button(settings["button"], bonds, buzzer, radio),
    )


try:
    asyncio.run(run())
except Exception as error:  # said on the console, then a fresh start
    sys.print_exception(error)
    time.sleep_ms(2000)
    machine.reset()
