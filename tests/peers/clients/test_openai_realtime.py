"""OpenAI's own client against the events of its peer: responses and the realtime socket."""

import base64

import openai
import pytest
from conftest import REPLY, TRANSCRIPT, pcm


@pytest.fixture(params=["peers", "safe"])
def client(request):
    urls = request.getfixturevalue(request.param)
    return openai.OpenAI(api_key=urls.key, base_url=urls.openai, max_retries=0)


def test_a_response_streams(client):
    events = list(client.responses.create(model="gpt-4.1-mini", input="When?", instructions="Be short.", stream=True, store=False))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == REPLY
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    assert events[-1].response.output_text == REPLY
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_a_response_comes_whole(client):
    asked = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "When?"}]
    assert client.responses.create(model="gpt-4.1-mini", input=asked).output_text == REPLY


def session(**changed):
    heard = {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": {"model": "gpt-live-transcribe", "languages": ["en", "ru"]},
        "noise_reduction": {"type": "near_field"},
        "turn_detection": None,
    }
    return {"type": "transcription", "audio": {"input": heard | changed}}


def connected(client):
    return client.realtime.connect(extra_query={"intent": "transcription"}, max_retries=0)


def test_two_utterances_share_a_socket(client):
    with connected(client) as socket:
        assert socket.recv().type == "session.created"
        socket.session.update(session=session())
        assert socket.recv().type == "session.updated"
        for n in (1, 2):
            sound = pcm(24_000)
            for start in range(0, len(sound), 4_800):
                socket.input_audio_buffer.append(audio=base64.b64encode(sound[start : start + 4_800]).decode())
            socket.input_audio_buffer.commit()
            committed = socket.recv()
            assert (committed.type, committed.item_id) == ("input_audio_buffer.committed", f"item_{n}")
            deltas = ""
            while (event := socket.recv()).type.endswith(".delta"):
                deltas += event.delta
            assert event.type == "conversation.item.input_audio_transcription.completed"
            assert deltas == event.transcript == TRANSCRIPT


def test_nothing_cannot_be_committed(client):
    with connected(client) as socket:
        socket.recv()
        socket.session.update(session=session())
        socket.recv()
        socket.input_audio_buffer.commit()
        event = socket.recv()
        assert (event.type, event.error.code) == ("error", "input_audio_buffer_commit_empty")
        socket.input_audio_buffer.clear()
        assert socket.recv().type == "input_audio_buffer.cleared"


def test_another_rate_is_refused(client):
    with connected(client) as socket:
        socket.recv()
        socket.session.update(session=session(format={"type": "audio/pcm", "rate": 16_000}))
        assert socket.recv().type == "error"


def test_a_wrong_key_opens_no_socket(peers):
    stranger = openai.OpenAI(api_key="another", base_url=peers.openai, max_retries=0)
    with pytest.raises(Exception, match="401"):
        with connected(stranger):
            pass
