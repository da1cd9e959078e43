"""Ways to tell the wearer, and other programs of theirs, beside the sensor's buzz and the dashboard. Each is optional; one that
fails or hangs costs its own message only."""
