"""The state machine, the links and the languages: pure."""

import itertools
from dataclasses import replace

import pytest

from video_service.link import hashed, language_of, new_token, same, sms_text
from video_service.session import (
    AFTER,
    APPROVED,
    Act,
    Because,
    Ended,
    NotNow,
    NotThisBrowser,
    Session,
    State,
    approved,
    connected,
    declined,
    due_to_end,
    ended,
    lost,
    may_film,
    may_use,
    moved,
    opened,
)

NEW = Session("s", "AMK", "1", "c", "+4710000001", "nb", "link", expires_at=900.0)
MINE = approved(NEW, "mine", now=10.0)


@pytest.mark.parametrize(("state", "act"), list(itertools.product(State, Act)))
def test_every_move_is_in_the_table_or_refused(state: State, act: Act) -> None:
    session = replace(NEW, state=state)
    if state is State.ENDED:
        with pytest.raises(Ended):
            moved(session, act)
    elif (state, act) in AFTER:
        assert moved(session, act).state is AFTER[state, act]
    else:
        with pytest.raises(NotNow):
            moved(session, act)


def test_nothing_is_live_without_consent() -> None:
    live_from = {
        before for (before, act), after in AFTER.items() if after is State.LIVE and act is not Act.OPEN
    }
    assert live_from <= set(APPROVED)
    assert (State.REQUESTED, Act.CONNECT) not in AFTER
    assert (State.OPENED, Act.CONNECT) not in AFTER


def test_the_first_browser_that_agrees_has_the_link() -> None:
    assert MINE.state is State.CONSENTED
    assert approved(MINE, "mine", now=99.0) == MINE
    for act in (
        lambda: approved(MINE, "other", 11.0),
        lambda: opened(MINE, "other"),
        lambda: may_use(MINE, None),
    ):
        with pytest.raises(NotThisBrowser):
            act()


def test_another_browser_may_look_until_then() -> None:
    assert opened(opened(NEW, None), "other").state is State.OPENED


@pytest.mark.parametrize(("session", "browser"), [(NEW, "mine"), (NEW, None), (MINE, "other"), (MINE, None)])
def test_only_the_browser_that_agreed_may_film(session: Session, browser: str | None) -> None:
    with pytest.raises(NotThisBrowser):
        may_film(session, browser)
    may_film(MINE, "mine")


def test_a_no_is_a_refusal_before_and_a_withdrawal_after_consent() -> None:
    assert declined(NEW, None).ended_because is Because.REFUSED
    assert declined(connected(MINE), "mine").ended_because is Because.WITHDRAWN
    with pytest.raises(NotThisBrowser):
        declined(MINE, "other")


def test_an_end_is_the_end() -> None:
    over = ended(MINE, Because.OPERATOR)
    for act in (
        lambda: ended(over, Because.EXPIRED),
        lambda: connected(over),
        lambda: lost(over, 1.0),
        lambda: approved(over, "mine", 1.0),
        lambda: may_film(over, "mine"),
    ):
        with pytest.raises(Ended) as why:
            act()
        assert why.value.because is Because.OPERATOR


def test_time_ends_an_unused_link_and_not_a_used_one() -> None:
    assert due_to_end(NEW, 899.9, 300.0) is None
    assert due_to_end(NEW, 900.0, 300.0) is Because.EXPIRED
    assert due_to_end(opened(NEW, None), 900.0, 300.0) is Because.EXPIRED
    assert due_to_end(connected(MINE), 10_000.0, 300.0) is None


def test_a_phone_that_stays_away_has_left() -> None:
    assert due_to_end(MINE, 309.9, 300.0) is None
    assert due_to_end(MINE, 310.0, 300.0) is Because.CALLER
    gone = lost(connected(MINE), now=1000.0)
    assert lost(gone, now=1100.0).phone_left_at == 1000.0
    assert due_to_end(gone, 1299.0, 300.0) is None
    assert due_to_end(gone, 1300.0, 300.0) is Because.CALLER
    assert due_to_end(connected(gone), 5000.0, 300.0) is None


def test_tokens_are_long_different_and_kept_as_hashes() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) * 6 >= 128 for token in tokens)
    token = tokens.pop()
    assert token not in hashed(token)
    assert same(hashed(token), hashed(token))
    assert not same(hashed(token), hashed(tokens.pop()))
    assert not same("", token)


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        (None, "nb"),
        ("", "nb"),
        ("*", "nb"),
        ("nb-NO,nb;q=0.9,en;q=0.5", "nb"),
        ("nn", "nb"),
        ("no", "nb"),
        ("en", "en"),
        ("en-GB,nb;q=0.1", "en"),
        ("pl,en;q=0.5", "en"),
        ("pl,nb;q=0.5", "nb"),
        ("pl", "en"),
        (";;,,", "en"),
    ],
)
def test_languages(wish: str | None, language: str) -> None:
    assert language_of(wish) == language


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_usual_sms_is_one_part(language: str) -> None:
    url = f"https://video.example.no/v/{new_token()}"
    assert len(sms_text("AMK Oslo og Akershus", url, language)) <= 160
