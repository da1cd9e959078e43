"""The dashboard in a browser: the same program, drawn by a terminal in the page."""
