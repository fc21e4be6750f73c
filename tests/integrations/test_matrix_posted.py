"""Events as anybody may write them, and what is read out of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.detection import Media
from casework.errors import Nonsense
from integrations.matrix.posted import Posted, posted

HTML = "org.matrix.custom.html"
REPLY = {"m.in_reply_to": {"event_id": "$before"}}


def event(**content: Any) -> dict[str, Any]:
    return {
        "event_id": "$one",
        "sender": "@ann:casework.example",
        "origin_server_ts": 1_795_741_383_048,
        "type": "m.room.message",
        "content": content,
    }


def read(**content: Any) -> Posted:
    found = posted("!room:casework.example", event(**content))
    assert found is not None
    return found


def text(**content: Any) -> str:
    return read(**content).text


def formatted(body: str, html: str, **more: Any) -> str:
    return text(body=body, format=HTML, formatted_body=html, **more)


def test_a_plain_message_is_its_body() -> None:
    message = read(msgtype="m.text", body="good morning")

    assert message.text == "good morning"
    assert message.author == "@ann:casework.example"
    assert message.at.isoformat() == "2026-11-27T01:03:03.048000+00:00"
    assert message.replaces is None


def test_formatting_that_says_the_same_is_not_read_twice() -> None:
    assert formatted("**good** morning", "<b>good</b> morning") == "**good** morning"


def test_words_that_only_the_formatting_shows_are_read_as_well() -> None:
    assert formatted("good morning", "<p>send <i>coins</i></p>") == "good morning\nsend coins"


@pytest.mark.parametrize(
    "html",
    ['<a href="https://bad.example">ok</a>', '<a href="https://bad.example">ok'],
)
def test_where_a_link_leads_is_read_with_it(html: str) -> None:
    assert "https://bad.example" in formatted("ok", html)


def test_a_mention_is_no_link() -> None:
    html = '<a href="https://matrix.to/#/@bob:casework.example">bob</a>: hello'

    assert formatted("bob: hello", html) == "bob: hello"


def test_what_a_reply_quotes_is_not_its_author_s() -> None:
    said = formatted(
        "> <@bob:casework.example> you fool\n> really\n\nplease stop",
        "<mx-reply><blockquote>you fool</blockquote></mx-reply>please stop",
        **{"m.relates_to": REPLY},
    )

    assert said == "please stop"


@pytest.mark.parametrize(
    ("body", "html", "relation"),
    [
        ("> <@bob:s> you fool\n", "", {}),
        ("x", "<mx-reply>you fool</mx-reply>", {}),
        ("x", "<mx-reply>you fool", REPLY),
        ("x", "hello <mx-reply>you fool</mx-reply>", REPLY),
        ("x", "<mx-reply>a</mx-reply>you fool</mx-reply>", REPLY),
    ],
)
def test_nothing_hides_behind_the_marks_of_a_quote(
    body: str, html: str, relation: dict[str, Any]
) -> None:
    assert "you fool" in formatted(body, html, **{"m.relates_to": relation})


def test_an_edit_says_its_new_words_and_what_it_replaces() -> None:
    edit = read(
        body="* new",
        **{
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$before"},
            "m.new_content": {"body": "new"},
        },
    )

    assert (edit.text, edit.replaces) == ("new", "$before")


def test_new_words_without_an_edit_are_not_what_people_see() -> None:
    assert text(body="seen", **{"m.new_content": {"body": "unseen"}}) == "seen"


def test_a_picture_is_its_address_and_its_caption() -> None:
    picture = read(body="cat.jpg", url="mxc://s/abc", info={"mimetype": "image/jpeg"})

    assert picture.media == (Media(url="mxc://s/abc", type="image/jpeg"),)
    assert picture.text == "cat.jpg"


def test_an_encrypted_file_has_its_address_inside() -> None:
    assert read(body="x", file={"url": "mxc://s/abc"}).media == (Media(url="mxc://s/abc"),)


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/x", ["mxc://s/a"], None, "mxc://" + "a" * 3000]
)
def test_an_address_of_another_kind_is_left_out(url: object) -> None:
    assert read(body="x", url=url).media == ()


def test_what_was_redacted_says_nothing() -> None:
    redacted = event() | {"unsigned": {"redacted_because": {"type": "m.room.redaction"}}}

    assert posted("!room:s", redacted) is None


@pytest.mark.parametrize("lacks", ["event_id", "sender", "origin_server_ts", "type"])
def test_an_event_without_what_every_event_has_is_nonsense(lacks: str) -> None:
    broken = {name: value for name, value in event(body="x").items() if name != lacks}

    with pytest.raises(Nonsense):
        posted("!room:s", broken)


ODD: tuple[Any, ...] = (
    *(None, 1, "", "x", HTML, [], ["x"], {}, {"url": 1}, {"m.in_reply_to": []}, {"body": {}}),
    {"event_id": [], "rel_type": "m.replace"},
    {"event_id": "$x", "rel_type": "m.replace"},
)
PARTS = ("body", "formatted_body", "format", "url", "file", "info", "m.relates_to", "m.new_content")


@given(st.dictionaries(st.sampled_from(PARTS), st.sampled_from(ODD)))
def test_no_content_can_make_a_message_unreadable(content: dict[str, Any]) -> None:
    message = posted("!room:s", event(**content))

    assert message is not None
