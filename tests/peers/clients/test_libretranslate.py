"""LibreTranslate's own client against its peer."""

from urllib.error import HTTPError

import pytest
from conftest import REPLY
from libretranslatepy import LibreTranslateAPI


def test_text_is_translated(peers):
    client = LibreTranslateAPI(peers.libretranslate)
    assert client.translate("When does it leave?", "en", "ru") == REPLY
    assert client.detect("When?")[0]["language"] == "en"
    assert "ru" in [language["code"] for language in client.languages()]


def test_a_pair_that_it_has_not_is_refused(peers):
    with pytest.raises(HTTPError, match="400"):
        LibreTranslateAPI(peers.libretranslate).translate("One.", "en", "ja")


def test_a_wrong_key_is_told(peers):
    with pytest.raises(HTTPError, match="403"):
        LibreTranslateAPI(peers.libretranslate, "another").translate("One.", "en", "ru")
