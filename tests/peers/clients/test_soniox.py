"""Soniox's own client against its peer."""

import pytest
from conftest import REPLY, TRANSCRIPT, pcm, seconds_of
from soniox import SonioxClient
from soniox.errors import SonioxError
from soniox.types import RealtimeSTTConfig, TranslationConfig

PHRASE = "It needs about two hours."
SAMPLES = {"model": "stt-rt-v5", "audio_format": "pcm_s16le", "sample_rate": 16_000, "num_channels": 1}


def client_of(base, key):
    socket = base.replace("http", "ws", 1) + "/transcribe-websocket"
    return SonioxClient(api_key=key, api_base_url=f"{base}/v1", websocket_base_url=socket, tts_api_base_url=base)


@pytest.fixture(params=["peers", "safe"])
def client(request):
    urls = request.getfixturevalue(request.param)
    return client_of(urls.soniox, urls.key)


def test_two_utterances_share_a_socket(client):
    with client.realtime.stt.connect(config=RealtimeSTTConfig(**SAMPLES, language_hints=["en"])) as session:
        for n in range(2):
            sound, finals = pcm(16_000, 2.5), []
            for start in range(0, len(sound), 3_200):
                session.send_byte_chunk(sound[start : start + 3_200])
            session.finalize()
            while "<fin>" not in finals:
                finals += [token.text for token in session.receive_event().tokens if token.is_final]
            assert "".join(finals[:-1]) == (" " if n else "") + TRANSCRIPT
        session.finish()
        assert session.receive_event().finished


def test_what_is_heard_is_translated_in_the_same_stream(client):
    into = TranslationConfig(type="one_way", target_language="es")
    with client.realtime.stt.connect(config=RealtimeSTTConfig(**SAMPLES, translation=into)) as session:
        session.send_byte_chunk(pcm(16_000, 0.5))
        session.finalize()
        tokens = []
        while not tokens or tokens[-1].text != "<fin>":
            tokens += session.receive_event().tokens
        for status, text in [("original", TRANSCRIPT), ("translation", REPLY)]:
            assert "".join(token.text for token in tokens if token.translation_status == status) == text


def test_a_phrase_is_spoken(client):
    sound = client.tts.generate(
        text=PHRASE, model="tts-rt-v2", voice="Adrian", language="en", audio_format="pcm_s16le", sample_rate=24_000
    )
    assert len(sound) / 48_000 == pytest.approx(seconds_of(PHRASE), abs=0.01)


def test_a_wrong_key_is_told(peers):
    with pytest.raises(SonioxError):
        client_of(peers.soniox, "another").tts.generate(
            text=PHRASE, model="tts-rt-v2", voice="Adrian", language="en", audio_format="pcm_s16le", sample_rate=24_000
        )


def test_a_start_that_is_wrong_is_told(client):
    with client.realtime.stt.connect(config=RealtimeSTTConfig(**SAMPLES | {"model": "other"})) as session:
        with pytest.raises(SonioxError, match="model"):
            event = session.receive_event()
            raise SonioxError(event.error_message) if event.error_code == 400 else AssertionError(event)
