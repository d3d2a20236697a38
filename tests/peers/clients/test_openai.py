"""OpenAI's own client against its peer."""

import httpx
import openai
import pytest
from conftest import REPLY, TRANSCRIPT, seconds_of, wav

PHRASE = "Sure, the morning train leaves at nine."


@pytest.fixture(params=["peers", "safe"])
def client(request):
    urls = request.getfixturevalue(request.param)
    return openai.OpenAI(api_key=urls.key, base_url=urls.openai, max_retries=0)


def test_models(client):
    assert "gpt-4.1-mini" in [model.id for model in client.models.list()]


def test_a_wrong_key_is_told(peers):
    stranger = openai.OpenAI(api_key="another", base_url=peers.openai, max_retries=0)
    with pytest.raises(openai.AuthenticationError) as refused:
        stranger.models.list()
    assert refused.value.code == "invalid_api_key"


def test_an_upload_is_heard(client):
    heard = client.audio.transcriptions.create(model="gpt-4o-mini-transcribe", file=("audio.wav", wav()), language="en")
    assert heard.text == TRANSCRIPT


def test_an_upload_is_heard_in_pieces(client):
    events = list(client.audio.transcriptions.create(model="gpt-transcribe", file=("audio.wav", wav()), stream=True))
    assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == TRANSCRIPT
    assert events[-1].type == "transcript.text.done" and events[-1].text == TRANSCRIPT


@pytest.mark.parametrize("name,sound", [("audio.opus", wav()), ("audio.ogg", wav()), ("audio.wav", b"no sound")])
def test_what_is_no_sound_is_refused(client, name, sound):
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.transcriptions.create(model="gpt-4o-transcribe", file=(name, sound))
    assert refused.value.param == "file"


def test_chat_streams(client):
    asked = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "When?"}]
    chunks = list(
        client.chat.completions.create(
            model="gpt-4.1-mini", messages=asked, stream=True, stream_options={"include_usage": True}
        )
    )
    text = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(text) == REPLY
    assert chunks[-1].usage.total_tokens == 74 and not chunks[-1].choices


def test_chat_answers_whole(client):
    answer = client.chat.completions.create(model="gpt-4.1-mini", messages=[{"role": "user", "content": "When?"}])
    assert answer.choices[0].message.content == REPLY


def test_an_unknown_model_is_told(client):
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="claude", messages=[{"role": "user", "content": "When?"}])
    assert refused.value.code == "model_not_found"


@pytest.mark.parametrize("form,head", [("pcm", b""), ("wav", b"RIFF"), ("opus", b"OggS")])
def test_a_phrase_is_spoken(client, form, head):
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="marin", input=PHRASE, response_format=form
    ) as answer:
        sound = b"".join(answer.iter_bytes())
    assert sound.startswith(head)
    if form != "opus":
        assert abs(len(sound) / 48_000 - seconds_of(PHRASE)) < 0.01


def test_a_voice_that_is_none_is_refused(client):
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(model="gpt-4o-mini-tts", voice="nobody", input=PHRASE)


def test_over_tls_the_protocol_is_http2(safe):
    with httpx.Client(http1=False, http2=True) if _has_h2() else httpx.Client() as plain:
        answer = plain.get(f"{safe.openai}/models", headers={"authorization": f"Bearer {safe.key}"})
    assert answer.http_version == ("HTTP/2" if _has_h2() else "HTTP/1.1")


def _has_h2():
    try:
        import h2  # noqa: F401
    except ImportError:
        return False
    return True
