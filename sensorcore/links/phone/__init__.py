"""A phone worn live, over the network: Sensor Logger pushes to us (`receiver`), phyphox is polled (`poller`)."""
