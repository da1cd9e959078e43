"""What a day or a week was like, from the history: gathered once, told as text or as one HTML file."""
