"""Phones as live sensors, over the network: Sensor Logger pushes to us (`receiver`), phyphox is polled (`poller`)."""
