"""Peers for the clients: `wilco peers`, in the open and over TLS, and the sound that is sent to them."""

import json
import math
import os
import signal
import struct
import subprocess
from types import SimpleNamespace

import pytest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..", "..")
WILCO = os.environ.get("WILCO", os.path.join(ROOT, "target", "debug", "wilco"))
TRANSCRIPT = "When does the next train leave, and how long does it take?"
REPLY = (
    "Sure, the morning train leaves at nine. It needs about two hours and forty minutes, and there is a small "
    "restaurant on board where you can have breakfast. If you would rather sleep a little longer, the next follows "
    "at half past ten. Shall I keep two seats by the window for you?"
)


def started(*arguments):
    process = subprocess.Popen([WILCO, "peers", "--fast", "--json", "--complain", *arguments], stdout=subprocess.PIPE, text=True)
    said = json.loads(process.stdout.readline())
    return process, SimpleNamespace(**said["urls"], key=said["key"], trust=said["trust"])


# keys, addresses and proxies of the person who runs this are none of the clients' business
for name in list(os.environ):
    if name.startswith(("OPENAI_", "ANTHROPIC_", "DEEPGRAM_", "ELEVENLABS_", "CARTESIA_", "GOOGLE_", "GEMINI_")) or name.lower().endswith("_proxy"):
        del os.environ[name]


@pytest.fixture(scope="session")
def peers():
    process, urls = started()
    yield urls
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0


@pytest.fixture(scope="session")
def safe(tmp_path_factory):
    """The same over TLS. Clients trust it by SSL_CERT_FILE, which is set here."""
    trust = tmp_path_factory.mktemp("trust") / "peers.pem"
    process, urls = started("--tls", str(trust))
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(trust)
    yield urls
    if before is None:
        del os.environ["SSL_CERT_FILE"]
    else:
        os.environ["SSL_CERT_FILE"] = before
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0


def pcm(rate, seconds=1.0):
    """A tone: 16-bit mono samples."""
    samples = (int(8000 * math.sin(n * 440 * math.tau / rate)) for n in range(int(rate * seconds)))
    return b"".join(struct.pack("<h", sample) for sample in samples)


def wav(rate=16_000, seconds=1.0):
    data = pcm(rate, seconds)
    head = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    return head + b"data" + struct.pack("<I", len(data)) + data


def seconds_of(text):
    """How long a peer speaks it."""
    return len(text.strip()) / 15.5
