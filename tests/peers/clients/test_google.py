"""Google's own clients, over REST, against the peer of its three services."""

import google.auth.api_key
import pytest
from conftest import REPLY, TRANSCRIPT, pcm, seconds_of
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import BadRequest
from google.cloud import speech, texttospeech, translate_v2

PHRASE = "It needs about two hours."


def options(peers, key=None):
    return ClientOptions(api_endpoint=peers.google, api_key=key or peers.key)


def translator(peers, key=None):
    credentials = google.auth.api_key.Credentials(key or peers.key)
    return translate_v2.Client(credentials=credentials, client_options={"api_endpoint": peers.google})


def test_an_utterance_is_heard(peers):
    client = speech.SpeechClient(transport="rest", client_options=options(peers))
    config = speech.RecognitionConfig(
        encoding=speech.RecognitionConfig.AudioEncoding.LINEAR16,
        sample_rate_hertz=16_000,
        language_code="en-US",
        enable_automatic_punctuation=True,
        model="latest_short",
    )
    heard = client.recognize(config=config, audio=speech.RecognitionAudio(content=pcm(16_000)))
    assert heard.results[0].alternatives[0].transcript == TRANSCRIPT
    assert heard.total_billed_time.seconds == 1


def test_silence_without_sound_is_refused(peers):
    client = speech.SpeechClient(transport="rest", client_options=options(peers))
    config = speech.RecognitionConfig(encoding="OGG_OPUS", sample_rate_hertz=16_000, language_code="en-US")
    with pytest.raises(BadRequest):
        client.recognize(config=config, audio=speech.RecognitionAudio(content=b"no sound"))


@pytest.mark.parametrize("encoding,head", [("LINEAR16", b"RIFF"), ("OGG_OPUS", b"OggS")])
def test_a_phrase_is_spoken(peers, encoding, head):
    client = texttospeech.TextToSpeechClient(transport="rest", client_options=options(peers))
    spoken = client.synthesize_speech(
        input=texttospeech.SynthesisInput(text=PHRASE),
        voice=texttospeech.VoiceSelectionParams(language_code="ru-RU", name="ru-RU-Chirp3-HD-Kore"),
        audio_config=texttospeech.AudioConfig(audio_encoding=encoding, speaking_rate=1.1),
    )
    assert spoken.audio_content.startswith(head)
    if encoding == "LINEAR16":
        assert abs((len(spoken.audio_content) - 44) / 48_000 - seconds_of(PHRASE)) < 0.01


def test_voices(peers):
    client = texttospeech.TextToSpeechClient(transport="rest", client_options=options(peers))
    assert "ru-RU-Chirp3-HD-Kore" in [voice.name for voice in client.list_voices(language_code="ru-RU").voices]


def test_text_is_translated(peers):
    said = translator(peers).translate("When does it leave?", target_language="ru", source_language="en", format_="text")
    assert said["translatedText"] == REPLY


def test_a_wrong_key_is_told(peers):
    with pytest.raises(BadRequest, match="API key not valid"):
        translator(peers, "another").translate("One.", target_language="ru")
