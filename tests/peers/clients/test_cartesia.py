"""Cartesia's own client against its peer."""

import base64

import cartesia
import pytest
from conftest import TRANSCRIPT, pcm, seconds_of

PHRASES = ["Sure, the morning train leaves at nine. ", "It needs about two hours."]
FORMAT = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000}


@pytest.fixture(params=["peers", "safe"])
def urls(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def client(urls):
    return client_of(urls.cartesia, urls.key)


def client_of(base, key):
    return cartesia.Cartesia(api_key=key, base_url=base, websocket_base_url=base.replace("http", "ws", 1), max_retries=0)


def asked(client, context, transcript, more=False):
    voice = next(iter(client.voices.list(limit=1))).id
    return {
        "model_id": "sonic-3.5",
        "transcript": transcript,
        "voice": {"mode": "id", "id": voice},
        "language": "en",
        "output_format": FORMAT,
        "context_id": context,
        "continue": more,
        "max_buffer_delay_ms": 0,
    }


def test_voices_are_listed(client):
    assert [voice.name for voice in client.voices.list(limit=100)] == ["Ada", "Ben", "Vera"]


def test_a_wrong_key_is_told(urls):
    with pytest.raises(cartesia.AuthenticationError):
        client_of(urls.cartesia, "another").voices.list()


def test_a_phrase_comes_as_bytes(client):
    body = asked(client, "", PHRASES[0])
    answer = client.tts.generate(**{name: body[name] for name in ["model_id", "transcript", "voice", "language", "output_format"]})
    assert len(answer.read()) / 48_000 == pytest.approx(seconds_of(PHRASES[0]), abs=0.01)


def test_phrases_share_a_socket(client):
    with client.tts.websocket_connect() as socket:
        for n, phrase in enumerate(PHRASES):
            socket.send(asked(client, f"c{n}", phrase))
        sound, done = {}, set()
        while len(done) < len(PHRASES):
            event = socket.recv()
            if event.type == "chunk":
                assert event.context_id not in done
                sound[event.context_id] = sound.get(event.context_id, b"") + base64.b64decode(event.data)
            else:
                assert event.type == "done"
                done.add(event.context_id)
        for n, phrase in enumerate(PHRASES):
            assert len(sound[f"c{n}"]) / 48_000 == pytest.approx(seconds_of(phrase), abs=0.01)


def test_a_context_is_continued(client):
    with client.tts.websocket_connect() as socket:
        socket.send(asked(client, "c", PHRASES[0], more=True))
        socket.send(asked(client, "c", PHRASES[1]))
        seconds = 0
        while (event := socket.recv()).type == "chunk":
            seconds += len(base64.b64decode(event.data)) / 48_000
        assert event.type == "done"
        assert seconds == pytest.approx(sum(map(seconds_of, PHRASES)), abs=0.02)


def test_what_is_wrong_is_told_and_the_socket_stays(client):
    with client.tts.websocket_connect() as socket:
        socket.send(asked(client, "c", PHRASES[0]) | {"model_id": "ink-2"})
        assert (event := socket.recv()).type == "error" and event.context_id == "c"
        socket.send(asked(client, "d", PHRASES[1]))
        while (event := socket.recv()).type == "chunk":
            assert event.context_id == "d"
        assert event.type == "done"


def test_an_utterance_is_heard(client):
    with client.stt.manual_finalize.websocket(model="ink-2", encoding="pcm_s16le", sample_rate=16_000) as socket:
        for _ in range(2):
            sound = pcm(16_000)
            for start in range(0, len(sound), 3_200):
                socket.send_raw(sound[start : start + 3_200])
            socket.send_raw("finalize")
            event = socket.recv()
            assert (event.type, event.text, event.is_final) == ("transcript", TRANSCRIPT, True)
            assert socket.recv().type == "flush_done"
