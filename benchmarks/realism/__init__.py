"""People's recordings against the simulator's, side by side."""
