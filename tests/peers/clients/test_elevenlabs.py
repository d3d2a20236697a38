"""ElevenLabs' own client against its peer."""

import asyncio
import base64
import json

import pytest
from conftest import TRANSCRIPT, pcm, seconds_of
from elevenlabs import AudioFormat, CommitStrategy, ElevenLabs, RealtimeEvents, VoiceSettings
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import CloseContext, CloseSocket, FinalOutputMulti, InitializeConnectionMulti, RealtimeVoiceSettings, SendTextMulti
from elevenlabs.types.audio_output_multi import AudioOutputMulti
from elevenlabs.url_utils import build_ws_url
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

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


def multi(urls, **query):
    """The socket of many contexts. The client has its messages and its address, and no call for it."""
    voice = first_voice(ElevenLabs(api_key=urls.key, base_url=urls.elevenlabs))
    asked = {"model_id": "eleven_flash_v2_5", "output_format": "pcm_24000", "inactivity_timeout": 60} | query
    url = build_ws_url(urls.elevenlabs.replace("http", "ws", 1), ["v1", "text-to-speech", voice, "multi-stream-input"], asked)
    return connect(url, additional_headers={"xi-api-key": urls.key})


async def tell(socket, message):
    await socket.send(message.json(exclude_none=True))


async def begin(socket, name, text, **settings):
    await tell(socket, InitializeConnectionMulti(text=" ", context_id=name, voice_settings=RealtimeVoiceSettings(**settings)))
    await tell(socket, SendTextMulti(text=text + " ", context_id=name, flush=True))


async def spoken(socket, names):
    """The sound of each context, until all have told their end."""
    sound, open_ones = {name: b"" for name in names}, set(names)
    while open_ones:
        told = json.loads(await asyncio.wait_for(socket.recv(), 5))
        if told.get("isFinal"):
            open_ones.remove(FinalOutputMulti(**told).context_id)
        else:
            piece = AudioOutputMulti(**told)
            sound[piece.context_id] += base64.b64decode(piece.audio)
    return {name: len(bytes_) / 48_000 for name, bytes_ in sound.items()}


def test_phrases_share_a_socket(urls):
    async def talk():
        async with multi(urls, language_code="en") as socket:
            texts = {"a": PHRASE, "b": "Go.", "c": "The morning train leaves at nine."}
            for name, text in texts.items():
                await begin(socket, name, text, stability=0.5, speed=1.1)
            for name in texts:
                await tell(socket, CloseContext(context_id=name, close_context=True))
            for name, seconds in (await spoken(socket, texts)).items():
                assert seconds == pytest.approx(seconds_of(texts[name]), abs=0.01)
            # a name can be used again
            await begin(socket, "a", "Go.", speed=0.7)
            await tell(socket, CloseContext(context_id="a", close_context=True))
            assert (await spoken(socket, ["a"]))["a"] == pytest.approx(seconds_of("Go."), abs=0.01)
            await tell(socket, CloseSocket(close_socket=True))
            with pytest.raises(Exception, match="1000"):
                await socket.recv()

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("query", "messages", "why"),
    [
        ({}, [SendTextMulti(text="No beginning. ", context_id="a")], "blank"),
        ({}, [InitializeConnectionMulti(text=" ", context_id="a", voice_settings=RealtimeVoiceSettings(speed=3.0))], "range"),
        ({}, [InitializeConnectionMulti(text=" ", context_id=str(n)) for n in range(6)], "max_active_contexts"),
        ({"model_id": "eleven_v3"}, [], "model_not_found"),
        ({"inactivity_timeout": 1}, [], "input_timeout_exceeded"),
    ],
)
def test_what_is_wrong_closes_the_socket(urls, query, messages, why):
    async def talk():
        async with multi(urls, **query) as socket:
            for message in messages:
                await tell(socket, message)
            while True:
                await asyncio.wait_for(socket.recv(), 5)

    with pytest.raises(ConnectionClosedError, match=why) as closed:
        asyncio.run(talk())
    assert closed.value.rcvd.code == 1008
