"""Content of the screens of the past: pure functions from history to lines of text, for a given width."""
