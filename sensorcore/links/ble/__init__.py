"""Sensors over Bluetooth LE, on bleak's public interface."""
