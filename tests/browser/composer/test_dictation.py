"""Dictation: speech is recorded, sent as `input.transcribe`, and comes back as text."""

import base64
import json

import pytest
from playwright.sync_api import Page, Route, expect
from turnstream_devstack.stack import Stack

from tests.browser.own_page import expect_events, open_own_page
from tests.browser.talk import message_field, until

DICTATION = "{ composer: { dictation: { enabled: true } } }"
TONE = """navigator.mediaDevices.getUserMedia = async () => {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  window.microphone = out.stream;
  return out.stream;
};"""
"""A microphone that hears one tone."""
REFUSED = "navigator.mediaDevices.getUserMedia = async () => { throw new Error('not allowed'); };"


@pytest.fixture
def heard(empty_page: Page, demo: Stack) -> list[dict[str, str]]:
    """What the server was asked to write down on a page with dictation; it hears one sentence."""
    asked: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        request = json.loads(route.request.post_data or "{}")
        if request.get("type") != "input.transcribe":
            return route.continue_()
        asked.append(request["params"])
        return route.fulfill(json={"text": "weather in Oslo "})

    empty_page.add_init_script(TONE)
    empty_page.route("**/chatkit", answer)
    open_own_page(empty_page, demo.gateway_urls[0], DICTATION)
    return asked


def wait_for_microphone_off(page: Page) -> None:
    """Wait until the browser shows no recording sign any more."""
    until(page, "microphone.getTracks().every(({ readyState }) => readyState === 'ended')")


def test_speech_becomes_text_where_the_cursor_stands(
    empty_page: Page, heard: list[dict[str, str]]
) -> None:
    """The clip is what browsers record; the microphone is let go as soon as it ends."""
    field = message_field(empty_page)
    field.fill("Tell me the please")
    for _ in "please":
        field.press("ArrowLeft")
    empty_page.get_by_role("button", name="Dictate").click()
    expect(empty_page.get_by_role("timer", name="Recording")).to_have_text("0:01")
    empty_page.get_by_role("button", name="Stop dictating").click()
    expect(field).to_have_value("Tell me the weather in Oslo please")
    expect(field).to_be_focused()
    wait_for_microphone_off(empty_page)
    assert heard[0]["mime_type"].startswith("audio/webm")
    assert base64.b64decode(heard[0]["audio_base64"])[:4] == b"\x1a\x45\xdf\xa3"


def test_a_recording_is_thrown_away_by_escape(
    empty_page: Page, heard: list[dict[str, str]]
) -> None:
    """Nothing is sent, and nothing is recorded any more."""
    empty_page.get_by_role("button", name="Dictate").click()
    empty_page.get_by_role("button", name="Stop dictating").press("Escape")
    expect(empty_page.get_by_role("button", name="Dictate")).to_be_focused()
    wait_for_microphone_off(empty_page)
    assert heard == []


def test_a_server_without_dictation_is_told_as_such(empty_page: Page, demo: Stack) -> None:
    """The guide answers 501 unless TRANSCRIBE_MODEL is set; the page hears why, the user that."""
    empty_page.add_init_script(TONE)
    open_own_page(empty_page, demo.gateway_urls[0], DICTATION)
    empty_page.get_by_role("button", name="Dictate").click()
    empty_page.get_by_role("button", name="Stop dictating").click()
    alert = empty_page.get_by_role("alert")
    expect(alert).to_have_text("The recording couldn’t be understood.")
    told = "Dictation is off in this deployment: set TRANSCRIBE_MODEL."
    expect_events(empty_page, [["error", told]], "error")


def test_a_microphone_that_is_refused_is_explained(empty_page: Page, demo: Stack) -> None:
    """The button is there to be pressed again, once the user allowed it."""
    empty_page.add_init_script(REFUSED)
    open_own_page(empty_page, demo.gateway_urls[0], DICTATION)
    empty_page.get_by_role("button", name="Dictate").click()
    expect(empty_page.get_by_role("alert")).to_contain_text("The microphone can’t be used.")
    expect(empty_page.get_by_role("button", name="Dictate")).to_be_visible()
