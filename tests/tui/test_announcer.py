"""What is announced is what happened while playing."""

from sensorcore.events import Corrected, MoveReminder
from tests.tui.moments import ALERT, RAISED, moment
from tui.announcer import Announcement, announce

WITH_ALERT = {"alerts": (ALERT,), "alerts_total": 1}


def test_an_alert_is_announced_once() -> None:
    before, after = moment(), moment(t_s=60.1, **WITH_ALERT)
    assert announce(before, after).alerts == (RAISED,)
    assert announce(after, moment(t_s=60.2, **WITH_ALERT)) == Announcement()


def test_several_at_once_come_oldest_first() -> None:
    second = type(RAISED)(55.0, "slouch", 2, RAISED.why)
    after = moment(alerts=(type(ALERT)(second), ALERT), alerts_total=2)
    assert announce(moment(), after).alerts == (RAISED, second)


def test_nothing_is_announced_at_first_sight_after_a_jump_or_while_catching_up() -> None:
    after = moment(**WITH_ALERT)
    assert announce(None, after) == Announcement()
    assert announce(moment(), moment(jump=1, **WITH_ALERT)) == Announcement()
    assert announce(moment(catching_up=True), after) == Announcement()


def test_good_again_is_announced_and_going_back_is_not() -> None:
    corrected = Corrected(60.0, 8.0)
    assert announce(moment(), moment(latest_corrected=corrected)).corrected == corrected
    assert announce(moment(**WITH_ALERT), moment()).alerts == ()


def test_a_reminder_to_move_is_announced_once() -> None:
    reminder = MoveReminder(3600.0, 3600.0)
    after = moment(reminder=reminder)
    assert announce(moment(), after) == Announcement(reminder=reminder)
    assert announce(after, after) == Announcement()
