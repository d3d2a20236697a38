"""ElevenLabs' own client against its peer."""

import asyncio
import base64

import pytest
from conftest import TRANSCRIPT, pcm, seconds_of
from elevenlabs import AudioFormat, CommitStrategy, ElevenLabs, RealtimeEvents, VoiceSettings
from elevenlabs.core.api_error import ApiError

PHRASE = "Shall I keep two seats by the window for you?"


@pytest.fixture(params=["peers", "safe"])
def urls(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def client(urls):
    return ElevenLabs(api_key=urls.key, base_url=urls.elevenlabs)


def first_voice(client):
    return client.voices.search(page_size=100).voices[0].voice_id


@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_a_phrase_is_spoken(client, rate):
    sound = client.text_to_speech.stream(
        first_voice(client), text=PHRASE, model_id="eleven_flash_v2_5", output_format=f"pcm_{rate}", language_code="en"
    )
    assert len(b"".join(sound)) / 2 / rate == pytest.approx(seconds_of(PHRASE), abs=0.01)


def test_opus_comes_in_ogg(client):
    sound = client.text_to_speech.stream(first_voice(client), text=PHRASE, output_format="opus_48000_32")
    assert b"".join(sound).startswith(b"OggS")


def refusal(client, voice, **changed):
    with pytest.raises(ApiError) as refused:
        list(client.text_to_speech.stream(voice, text=PHRASE, output_format="pcm_24000", **changed))
    return refused.value.status_code


def test_what_is_wrong_is_refused(client, urls):
    voice = first_voice(client)
    assert refusal(client, "nobody") == 404
    assert refusal(client, voice, model_id="eleven_multilingual_v2", language_code="en") == 422
    assert refusal(client, voice, voice_settings=VoiceSettings(speed=3.0)) == 422
    assert refusal(ElevenLabs(api_key="another", base_url=urls.elevenlabs), voice) == 401


def test_models_are_listed(client):
    assert "eleven_flash_v2_5" in [model.model_id for model in client.models.list()]


async def heard(urls, seconds, **changed):
    """All events of one utterance, by their names."""
    client = ElevenLabs(api_key=urls.key, base_url=urls.elevenlabs.replace("http", "ws", 1))
    asked = {"model_id": "scribe_v2_realtime", "audio_format": AudioFormat.PCM_16000, "sample_rate": 16_000}
    socket = await client.speech_to_text.realtime.connect(asked | {"commit_strategy": CommitStrategy.MANUAL, "language_code": "en"} | changed)
    told, done = [], asyncio.Event()
    ends = [RealtimeEvents.COMMITTED_TRANSCRIPT, RealtimeEvents.COMMIT_THROTTLED]
    for event in [RealtimeEvents.SESSION_STARTED, RealtimeEvents.PARTIAL_TRANSCRIPT, *ends]:
        socket.on(event, lambda data: told.append((data["message_type"], data.get("text"))))
    for event in ends:
        socket.on(event, lambda data: done.set())
    sound = pcm(16_000, seconds)
    for start in range(0, len(sound), 3_200):
        await socket.send({"audio_base_64": base64.b64encode(sound[start : start + 3_200]).decode()})
    await socket.commit()
    await asyncio.wait_for(done.wait(), 5)
    await socket.close()
    return told


def test_an_utterance_is_heard(urls):
    told = asyncio.run(heard(urls, 2.5))
    assert told[-1] == ("committed_transcript", TRANSCRIPT)
    partial = [text for name, text in told if name == "partial_transcript"]
    assert len(partial) == 2 and all(TRANSCRIPT.startswith(text) for text in partial)


def test_a_tap_is_throttled(urls):
    assert asyncio.run(heard(urls, 0.1))[-1][0] == "commit_throttled"


def test_a_wrong_key_opens_no_socket(urls):
    stranger = type(urls)(elevenlabs=urls.elevenlabs, key="another")
    with pytest.raises(Exception, match="401"):
        asyncio.run(heard(stranger, 1.0))
