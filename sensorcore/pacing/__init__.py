"""Paced breathing: when to breathe in, hold and out (`patterns`), and how well the breath follows (`following`)."""
