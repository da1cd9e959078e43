"""Guided routines of a few minutes: what they consist of (`programme`), how one is guided through (`guide`)."""
