"""What the screens of the past show: pure functions from what the history tells to lines of text, for a given width."""
