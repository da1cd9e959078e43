"""What is announced is what happens from now on."""

from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.events import AlertWithheld, Corrected, MoveReminder, PainNoted
from sensorcore.link import LinkState, LinkStatus
from sensorcore.model import StreamInfo
from sensorcore.view.event_summary import NEWS
from tests.streams import summarize
from tests.tui.moments import RAISED, WHY, moment
from tui.text.announcer import Announcement, announce

WITH_ALERT = {"news": (RAISED,), "news_total": 1}


def test_an_alert_is_announced_once() -> None:
    before, after = moment(), moment(t_s=60.1, **WITH_ALERT)
    assert announce(before, after).alerts == (RAISED,)
    assert announce(after, moment(t_s=60.2, **WITH_ALERT)) == Announcement()


def test_several_at_once_come_oldest_first() -> None:
    second = type(RAISED)(55.0, "slouch", 2, RAISED.why)
    after = moment(news=(RAISED, second), news_total=2)
    assert announce(moment(), after).alerts == (RAISED, second)
    assert announce(moment(**WITH_ALERT), after).alerts == (second,)


def test_nothing_is_announced_at_first_sight_after_a_jump_or_while_catching_up() -> None:
    after = moment(**WITH_ALERT)
    assert announce(None, after) == Announcement()
    assert announce(moment(), moment(jump=1, **WITH_ALERT)) == Announcement()
    assert announce(moment(catching_up=True), after) == Announcement()


def test_what_happens_while_the_wearer_looks_back_is_announced_all_the_same() -> None:
    link = LinkStatus(state=LinkState.STREAMING)
    assert announce(moment(link=link), moment(link=link, jump=1, t_s=3.0, **WITH_ALERT)).alerts == (RAISED,)


def test_good_again_is_announced_and_going_back_is_not() -> None:
    corrected = Corrected(60.0, 8.0)
    assert announce(moment(), moment(news=(corrected,), news_total=1)).corrected == corrected
    assert announce(moment(**WITH_ALERT), moment()).alerts == ()


def test_a_reminder_to_move_is_announced_once() -> None:
    reminder = MoveReminder(3600.0, 3600.0)
    after = moment(news=(reminder,), news_total=1)
    assert announce(moment(), after) == Announcement(reminder=reminder)
    assert announce(after, after) == Announcement()


def test_silence_that_was_kept_is_no_news() -> None:
    events = (RAISED, AlertWithheld(60.0, WHY, "snoozed"), PainNoted(61.0, 4, "stiff"))
    found = summarize(events, StreamInfo(profile_of()))
    assert (found.news, found.news_total) == ((events[0], events[2]), 2)
    assert AlertWithheld not in NEWS
