"""Wyoming's own client against its two peers."""

import asyncio

from conftest import TRANSCRIPT, pcm, seconds_of
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeVoice

PHRASE = "It needs about two hours."


def talk(uri, events):
    """Says all events, and gives those that come until the connection ends."""

    async def talking():
        async with AsyncClient.from_uri(uri) as client:
            for event in events:
                await client.write_event(event.event())
            came = []
            while (event := await client.read_event()) is not None:
                came.append(event)
                if Info.is_type(event.type):
                    break
            return came

    return asyncio.run(asyncio.wait_for(talking(), 10))


def utterance(rate=16_000):
    chunk = AudioChunk(rate=rate, width=2, channels=1, audio=pcm(rate, 0.5))
    return [Transcribe(language="en"), AudioStart(rate=rate, width=2, channels=1), chunk, chunk, AudioStop()]


def test_an_utterance_is_heard(peers):
    (heard,) = talk(getattr(peers, "wyoming-hear"), utterance())
    assert Transcript.from_event(heard).text == TRANSCRIPT


def test_another_rate_is_refused(peers):
    (refused,) = talk(getattr(peers, "wyoming-hear"), utterance(44_100))
    assert Error.is_type(refused.type)


def test_a_phrase_is_spoken(peers):
    phrase = Synthesize(text=PHRASE, voice=SynthesizeVoice(name="ru_RU-irina-medium"))
    start, *chunks, stop = talk(getattr(peers, "wyoming-say"), [phrase])
    assert AudioStart.from_event(start).rate == 22_050 and AudioStop.is_type(stop.type)
    sound = b"".join(AudioChunk.from_event(chunk).audio for chunk in chunks)
    assert abs(len(sound) / 44_100 - seconds_of(PHRASE)) < 0.01


def test_both_say_what_they_are(peers):
    (hears,) = talk(getattr(peers, "wyoming-hear"), [Describe()])
    assert Info.from_event(hears).asr[0].models[0].name == "tiny-int8"
    (speaks,) = talk(getattr(peers, "wyoming-say"), [Describe()])
    assert "ru_RU-irina-medium" in [voice.name for voice in Info.from_event(speaks).tts[0].voices]
