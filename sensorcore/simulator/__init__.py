"""The simulator: a scripted wearer with a sensor and a link, and the truth about both."""

from sensorcore.simulator.scenario import Scenario, load
from sensorcore.simulator.sensor import PERFECT, SensorModel, random_mount
from sensorcore.simulator.simulation import Simulated, Simulation, simulate

__all__ = ["PERFECT", "Scenario", "SensorModel", "Simulated", "Simulation", "load", "random_mount", "simulate"]
