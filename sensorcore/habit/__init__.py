"""Habits: micro-breaks (`activation`), faded feedback (`faded_feedback`), streaks that forgive (`streak`). `stage` is the
pipeline's stage that proposes breaks and detects them; `restart` continues after one. Pure: days, weeks and moments come in as
arguments."""
