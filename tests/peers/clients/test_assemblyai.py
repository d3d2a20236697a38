"""AssemblyAI's own client against its peer."""

import threading

import assemblyai.streaming.v3 as streaming
import pytest
from conftest import TRANSCRIPT, pcm


def heard(urls, key, seconds, piece=0.1, **changed):
    """All turns of one utterance, and what failed."""
    client = streaming.RealTimeTranscriber(
        streaming.RealTimeTranscriberOptions(api_key=key, api_host=urls.assemblyai.replace("http", "ws", 1))
    )
    turns, failures, over = [], [], threading.Event()

    def turn(_, event):
        turns.append(event)
        if event.end_of_turn and event.turn_is_formatted:
            over.set()

    def failed(_, error):
        failures.append(error)
        over.set()

    client.on(streaming.RealTimeEvents.Turn, turn)
    client.on(streaming.RealTimeEvents.Error, failed)
    asked = {"sample_rate": 16_000, "encoding": "pcm_s16le", "speech_model": "universal-streaming-english", "format_turns": True}
    client.connect(streaming.RealTimeParameters(**asked | changed))
    if not failures:
        sound, size = pcm(16_000, seconds), int(32_000 * piece)
        client.stream(sound[start : start + size] for start in range(0, len(sound), size))
        client.force_endpoint()
        assert over.wait(10)
        client.disconnect(terminate=not failures)
    return turns, failures


@pytest.fixture(params=["peers", "safe"])
def urls(request):
    return request.getfixturevalue(request.param)


def test_an_utterance_is_heard(urls):
    turns, failures = heard(urls, urls.key, 2.5)
    assert not failures
    assert [turn.transcript for turn in turns if turn.end_of_turn][-1] == TRANSCRIPT
    assert len(turns) == 4, "two partial ones, the end, the end formatted"


def test_pieces_have_a_length(urls):
    _, failures = heard(urls, urls.key, 1.0, piece=0.02)
    assert [failure.code for failure in failures] == [3007]


def test_a_wrong_key_is_told(urls):
    _, failures = heard(urls, "another", 1.0)
    assert [failure.code for failure in failures] == [401]
