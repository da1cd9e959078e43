"""Safe drawing on views that come and go.

Frames, results of workers and delayed calls may arrive while a view is still being composed, or while its widgets are removed one
by one: on a busy machine both take a while. A view is then drawn wholly or not at all; drawing half of it raises `NoMatches`, or
leaves it marked as shown and never drawn again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from textual.widget import Widget

from tui.terminal.textual_private import is_being_removed

AGAIN_S: Final = 0.1

_View = TypeVar("_View", bound=Widget)
_Given = ParamSpec("_Given")


def is_going(view: Widget) -> bool:
    """Whether it is being removed, or was."""
    return is_being_removed(view) or not view.is_attached


def is_whole(view: Widget) -> bool:
    """Whether all its widgets are mounted, and stay for now."""
    return view.is_mounted and not is_going(view) and all(each.is_mounted for each in view.walk_children(Widget))


def when_whole(draw: Callable[Concatenate[_View, _Given], None]) -> Callable[Concatenate[_View, _Given], None]:
    """Decorator of a method that draws on its view: delayed while that is being composed, skipped when it is being removed. For
    what is drawn once; a frame asks `is_whole`, for another one follows."""

    @wraps(draw)
    def drawn(view: _View, *given: _Given.args, **named: _Given.kwargs) -> None:
        if is_whole(view):
            draw(view, *given, **named)
        elif view.is_running and not is_going(view):
            view.set_timer(AGAIN_S, partial(drawn, view, *given, **named))

    return cast("Callable[Concatenate[_View, _Given], None]", drawn)
