"""Anthropic's own client against its peer."""

import anthropic
import pytest
from conftest import REPLY

ASKED = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "When?"}]


def client_of(base, key):
    return anthropic.Anthropic(api_key=key, base_url=base.removesuffix("/v1"), max_retries=0)


@pytest.fixture(params=["peers", "safe"])
def client(request):
    urls = request.getfixturevalue(request.param)
    return client_of(urls.anthropic, urls.key)


def ask(client, **changed):
    return {"model": "claude-haiku-4-5", "max_tokens": 1024, "system": "Be short.", "messages": ASKED} | changed


def test_a_message_streams(client):
    with client.messages.stream(**ask(client)) as stream:
        assert "".join(stream.text_stream) == REPLY
        whole = stream.get_final_message()
    assert (whole.stop_reason, whole.usage.output_tokens) == ("end_turn", 65)


def test_events_have_their_order(client):
    names = [event.type for event in client.messages.create(**ask(client), stream=True)]
    assert names[:2] == ["message_start", "content_block_start"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert names.count("content_block_delta") == 65


def test_a_message_comes_whole(client):
    assert client.messages.create(**ask(client)).content[0].text == REPLY


def test_models_are_listed(client):
    assert "claude-haiku-4-5" in [model.id for model in client.models.list(limit=100)]


def test_a_wrong_key_is_told(peers):
    with pytest.raises(anthropic.AuthenticationError):
        client_of(peers.anthropic, "another").models.list()


@pytest.mark.parametrize(
    "wrong", [{"max_tokens": 0}, {"messages": ASKED[1:]}, {"messages": ASKED[:2]}, {"temperature": 2.0}, {"system": [{"type": "text", "text": " "}]}]
)
def test_requests_are_checked(client, wrong):
    # by its body, because not all of it is in the client's signature any more
    with pytest.raises(anthropic.BadRequestError):
        client.messages.create(**ask(client), extra_body=wrong)


def test_an_unknown_model_is_told(client):
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(**ask(client, model="gpt-4.1"))
