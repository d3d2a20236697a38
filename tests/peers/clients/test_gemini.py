"""Google's own client against the peer of Gemini."""

import pytest
from conftest import REPLY
from google import genai
from google.genai import errors, types


def client_of(base, key):
    # by itself the newest client asks for v1; Wilco asks for v1beta
    options = types.HttpOptions(base_url=base.removesuffix("/v1beta"), api_version="v1beta")
    return genai.Client(api_key=key, http_options=options)


@pytest.fixture(params=["peers", "safe"])
def client(request):
    urls = request.getfixturevalue(request.param)
    return client_of(urls.gemini, urls.key)


ASKED = [
    types.Content(role="user", parts=[types.Part(text="Hi")]),
    types.Content(role="model", parts=[types.Part(text="Hello!")]),
    types.Content(role="user", parts=[types.Part(text="When?")]),
]
CONFIG = types.GenerateContentConfig(system_instruction="Be short.", max_output_tokens=512)


def test_content_streams(client):
    chunks = list(client.models.generate_content_stream(model="gemini-3.5-flash", contents=ASKED, config=CONFIG))
    assert "".join(chunk.text for chunk in chunks) == REPLY
    assert [chunk.candidates[0].finish_reason for chunk in chunks[-2:]] == [None, types.FinishReason.STOP]


def test_content_comes_whole(client):
    assert client.models.generate_content(model="gemini-3.5-flash", contents="When?").text == REPLY


def test_models_are_listed(client):
    assert "models/gemini-3.5-flash" in [model.name for model in client.models.list()]


def test_a_wrong_key_is_told(peers):
    stranger = client_of(peers.gemini, "another")
    with pytest.raises(errors.ClientError) as refused:
        stranger.models.generate_content(model="gemini-3.5-flash", contents="When?")
    assert refused.value.code == 400 and "API_KEY_INVALID" in str(refused.value.details)


def test_a_thinking_that_the_model_has_not_is_refused(client):
    config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(thinking_budget=0))
    with pytest.raises(errors.ClientError) as refused:
        client.models.generate_content(model="gemini-3.5-flash", contents="When?", config=config)
    assert refused.value.status == "INVALID_ARGUMENT"


def test_an_unknown_model_is_told(client):
    with pytest.raises(errors.ClientError) as refused:
        client.models.generate_content(model="gemini-1.0", contents="When?")
    assert refused.value.code == 404
