"""Text from outside is seen and does nothing."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.text.escape import one_line, visible, without_harmful

SEEN_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}
"""Format characters that are drawn: Arabic number signs and the like, joiners of hieroglyphs."""

IGNORED_IN_DRAWING = {
    *(0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0xFFF0, 0xFFF9),
    *range(0xE0000, 0xE0100),
    *range(0xE01F0, 0xE1000),
}
"""Of Unicode's `Default_Ignorable_Code_Point`, what is no format character, without the selectors FE00–FE0F and E0100–E01EF."""


def harms(char: str) -> bool:
    """By Unicode: control, surrogate, line and paragraph separators, format characters that cannot be seen, and what is ignored in
    drawing (`Default_Ignorable_Code_Point`) but for the selectors of variants, with which people write."""
    category = unicodedata.category(char)
    return (
        category in ("Cc", "Cs", "Zl", "Zp")
        or (category == "Cf" and ord(char) not in SEEN_FORMATS)
        or ord(char) in IGNORED_IN_DRAWING
    )


def test_every_character_that_steers_or_cannot_be_seen_is_an_escape_and_no_other() -> None:
    harmless = []
    for char in map(chr, range(sys.maxunicode + 1)):
        if harms(char):
            assert one_line(char).isascii(), ascii(char)
            assert one_line(char).isprintable(), ascii(char)
            assert char in "\t\n" or char not in visible(char), ascii(char)
            assert char in "\t\n" or without_harmful(char) == "", ascii(char)
        else:
            harmless.append(char)
    for start in range(0, len(harmless), 256):
        row = "".join(harmless[start : start + 256])
        assert one_line(row) == without_harmful(row) == row, ascii(row)


@pytest.mark.parametrize(
    "text", ["Zoë's sensor", "腰 センサ", "🧘 back", "naïve 22°\u00a0×", "الظهر", "é", "❤\ufe0f", "葛\U000e0100城"]
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;pwned\x07", "\\x1b]0;pwned\\x07"),
        ("\x9b31mred", "\\x9b31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("two\nlines\t", "two\\nlines\\t"),
        ("over\rwritten", "over\\x0dwritten"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_it_is_seen_what_was_there(text: str, shown: str) -> None:
    assert one_line(text) == shown


@given(st.text(st.characters()))
def test_it_can_be_encoded_and_what_was_shown_is_shown_as_it_is(text: str) -> None:
    shown = one_line(text)
    shown.encode()
    assert one_line(shown) == shown
    assert not any(harms(char) for char in shown)
    assert "".join(char for char in text if not harms(char)) == "".join(
        char for char in without_harmful(text) if char not in "\t\n"
    )
