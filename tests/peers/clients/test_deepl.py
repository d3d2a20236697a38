"""DeepL's own client against its peer."""

import deepl
import pytest
from conftest import REPLY


@pytest.fixture(params=["peers", "safe"])
def client(request):
    urls = request.getfixturevalue(request.param)
    return deepl.DeepLClient(urls.key, server_url=urls.deepl, verify_ssl=urls.trust)


def test_text_is_translated(client):
    said = client.translate_text(
        "When does it leave?", source_lang="EN", target_lang="RU", model_type=deepl.ModelType.LATENCY_OPTIMIZED
    )
    assert said.text == REPLY and said.detected_source_lang == "EN"
    assert said.model_type_used == "latency_optimized"


def test_several_texts_are_translated(client):
    assert [said.text for said in client.translate_text(["One.", "Two."], target_lang="EN-US")] == [REPLY, REPLY]


def test_usage(client):
    assert client.get_usage().character.limit == 1_250_000


def test_languages(client):
    assert "PT-BR" in [language.code for language in client.get_target_languages()]
    assert "PT" not in [language.code for language in client.get_target_languages()]


def test_a_language_that_it_has_not_is_refused(client):
    with pytest.raises(deepl.DeepLException, match="target_lang"):
        client.translate_text("One.", target_lang="TLH")


def test_a_wrong_key_is_told(peers):
    with pytest.raises(deepl.AuthorizationException):
        deepl.DeepLClient("another", server_url=peers.deepl).get_usage()
