"""Microsoft's own Speech SDK against Azure's peer: recognition over its socket."""

import threading

import azure.cognitiveservices.speech as speech
from conftest import TRANSCRIPT, pcm

PATH = "/speech/recognition/conversation/cognitiveservices/v1"


def heard(urls, key, seconds, **properties):
    """What comes of one utterance: partial texts, final ones, and why it was cancelled."""
    config = speech.SpeechConfig(subscription=key, endpoint=urls.azure.replace("http", "ws", 1) + PATH)
    config.speech_recognition_language = "en-US"
    config.set_profanity(speech.ProfanityOption.Raw)
    for name, value in properties.items():
        config.set_property(getattr(speech.PropertyId, name), value)
    stream = speech.audio.PushAudioInputStream(speech.audio.AudioStreamFormat(16_000, 16, 1))
    recognizer = speech.SpeechRecognizer(config, speech.audio.AudioConfig(stream=stream))
    partial, final, why, over = [], [], [], threading.Event()

    def cancelled(event):
        details = event.cancellation_details
        if details.reason == speech.CancellationReason.Error:
            why.append((details.code, details.error_details))
        over.set()

    recognizer.recognizing.connect(lambda event: partial.append(event.result.text))
    recognizer.recognized.connect(lambda event: final.append(event.result.text))
    recognizer.canceled.connect(cancelled)
    recognizer.session_stopped.connect(lambda _: over.set())
    recognizer.start_continuous_recognition()
    stream.write(pcm(16_000, seconds))
    stream.close()
    assert over.wait(20)
    recognizer.stop_continuous_recognition()
    return partial, final, why


def test_an_utterance_is_heard(peers):
    partial, final, why = heard(peers, peers.key, 2.5)
    assert [text for text in final if text] == [TRANSCRIPT]
    assert len(partial) == 2 and all(TRANSCRIPT.startswith(text) for text in partial)
    assert not why


def test_somebody_may_think_first(peers):
    _, final, why = heard(peers, peers.key, 1.5, SpeechServiceConnection_InitialSilenceTimeoutMs="60000")
    assert TRANSCRIPT in final and not why


def test_a_wrong_key_is_told(peers):
    _, final, why = heard(peers, "another", 1.0)
    assert not final
    assert [code for code, _ in why] == [speech.CancellationErrorCode.AuthenticationFailure]
