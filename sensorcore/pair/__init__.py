"""Two sensors at once, on the upper and on the lower back: two ordinary lines, and one step that joins them."""
