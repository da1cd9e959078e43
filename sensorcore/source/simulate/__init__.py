"""The simulator: a scripted wearer with a sensor and a link, and the truth about both."""

from sensorcore.source.simulate.scenario import Scenario, load
from sensorcore.source.simulate.sensor import PERFECT, SensorModel, random_mount
from sensorcore.source.simulate.simulation import Simulated, Simulation, simulate

__all__ = ["PERFECT", "Scenario", "SensorModel", "Simulated", "Simulation", "load", "random_mount", "simulate"]
