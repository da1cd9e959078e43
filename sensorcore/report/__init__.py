"""Report of a day or a week from the history: gathered once, rendered as text or as one HTML file."""
