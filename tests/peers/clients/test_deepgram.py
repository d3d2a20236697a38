"""Deepgram's own client against its peer."""

import httpx
import pytest
import websockets
from conftest import TRANSCRIPT, pcm, seconds_of
from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from websockets.sync.client import connect

PHRASE = "It needs about two hours and forty minutes."
LISTEN = {"model": "nova-3", "encoding": "linear16", "sample_rate": "16000", "channels": "1", "interim_results": "true"}


def client_of(base, key):
    socket = base.replace("http", "ws", 1)
    return DeepgramClient(
        api_key=key,
        environment=DeepgramClientEnvironment(base=base, production=socket, agent=socket, agent_rest=base),
    )


@pytest.fixture(params=["peers", "safe"])
def client(request):
    urls = request.getfixturevalue(request.param)
    return client_of(urls.deepgram, urls.key)


def test_two_utterances_share_a_socket(client):
    with client.listen.v1.connect(**LISTEN, language="en", smart_format="true", endpointing="300") as socket:
        for n in range(2):
            sound = pcm(16_000, 2.5)
            for start in range(0, len(sound), 1_600):
                socket.send_media(sound[start : start + 1_600])
            socket.send_keep_alive()
            socket.send_finalize()
            interim = []
            while not (result := socket.recv()).is_final:
                interim.append(result.channel.alternatives[0].transcript)
            assert result.type == "Results" and result.from_finalize
            assert result.channel.alternatives[0].transcript == TRANSCRIPT
            assert interim and all(TRANSCRIPT.startswith(text) for text in interim)
            assert result.start == pytest.approx(2.5 * n)
        socket.send_close_stream()
        metadata = socket.recv()
        assert metadata.type == "Metadata" and metadata.duration == pytest.approx(5.0)


def test_a_wrong_key_opens_no_socket(peers):
    with pytest.raises(websockets.InvalidStatus) as refused:
        with client_of(peers.deepgram, "another").listen.v1.connect(**LISTEN):
            pass
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("wrong", [{"endpointing": "soon"}, {"model": "base"}, {"channels": "2"}, {"utterance_end_ms": "10"}])
def test_parameters_are_checked(peers, wrong):
    with pytest.raises(websockets.InvalidStatus) as refused:
        with client_of(peers.deepgram, peers.key).listen.v1.connect(**LISTEN | wrong):
            pass
    assert refused.value.response.status_code == 400


def test_what_is_no_sound_ends_the_socket(peers):
    address = peers.deepgram.replace("http", "ws", 1) + "/v1/listen?model=nova-3"
    with connect(address, additional_headers={"authorization": f"Token {peers.key}"}) as socket:
        socket.send(b"this is no container")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            socket.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "DATA-0000")


@pytest.mark.parametrize("container,extra", [("none", 0), ("wav", 44)])
def test_a_phrase_is_spoken(client, container, extra):
    sound = b"".join(
        client.speak.v1.audio.generate(
            text=PHRASE, model="aura-2-thalia-en", encoding="linear16", container=container, sample_rate=24_000
        )
    )
    assert (len(sound) - extra) / 48_000 == pytest.approx(seconds_of(PHRASE), abs=0.01)


def test_opus_comes_in_ogg(client):
    sound = b"".join(client.speak.v1.audio.generate(text=PHRASE, model="aura-2-thalia-en", encoding="opus", container="ogg"))
    assert sound.startswith(b"OggS")


def test_a_bare_opus_is_refused(client):
    with pytest.raises(ApiError) as refused:
        list(client.speak.v1.audio.generate(text=PHRASE, model="aura-2-thalia-en", encoding="opus", container="none"))
    assert refused.value.status_code == 400


def test_a_wrong_key_speaks_nothing(peers):
    with pytest.raises(ApiError) as refused:
        list(client_of(peers.deepgram, "another").speak.v1.audio.generate(text=PHRASE, model="aura-2-thalia-en"))
    assert refused.value.status_code == 401


def test_models_are_listed(client):
    listed = client.manage.v1.models.list()
    assert [model.canonical_name for model in listed.stt] == ["nova-3-general"]
    assert [model.canonical_name for model in listed.tts] == ["aura-2-thalia-en"]


def test_a_key_is_known(peers):
    answer = httpx.get(f"{peers.deepgram}/v1/auth/token", headers={"authorization": f"Token {peers.key}"})
    assert answer.status_code == 200
