"""MNIST downloaded: from servers that fail, flood and drip."""

import contextlib
import itertools
import re
import socket
import threading

import pytest

import data
from data import HOW_TO_GET_IT, load_split
from digits.errors import UserError


def expect(text):
    return pytest.raises(UserError, match="^" + re.escape(text) + "$")


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """A function that has MNIST downloaded from a server which answers with these bytes."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def serve(parts, pause=0.0):
        def answer():
            with listener.accept()[0] as connection, contextlib.suppress(OSError):
                connection.recv(10_000)
                for part in parts:
                    connection.sendall(part)
                    if stop.wait(pause):
                        return

        threads.append(threading.Thread(target=answer))
        threads[-1].start()

    monkeypatch.setattr(data, "URL", f"http://127.0.0.1:{listener.getsockname()[1]}/mnist.npz")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MNIST_PATH", raising=False)
    yield serve
    stop.set()
    for thread in threads:
        thread.join()
    listener.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (OK + bytes(999_999), "cut short"),
        (b"HTTP/1.1 two hundred\r\n\r\n", "HTTP/1.1 two hundred"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "got more than 100 headers"),
        (b"HTTP/1.1 404 Gone\r\n\r\n", "Gone"),
        (b"", "Remote end closed connection without response"),
    ],
    ids=["cut short", "no status", "too many headers", "not found", "nothing"],
)
def test_a_download_that_fails_says_why(answer, reason, serve, tmp_path):
    serve([answer])
    with expect(f"MNIST cannot be downloaded ({reason}); {HOW_TO_GET_IT}"):
        load_split(None, "train")
    assert not (tmp_path / "home").exists()


def test_a_download_of_something_else_is_an_error(serve):
    serve([OK + bytes(1_000_000)])
    with expect(f"{data.URL}: is not a readable .npz; {HOW_TO_GET_IT}"):
        load_split(None, "train")


def test_a_server_that_sends_without_end_is_cut_off(serve, monkeypatch):
    monkeypatch.setattr(data, "MOST_DOWNLOADED", 1_000_000)
    monkeypatch.setattr(data, "MOST_SECONDS", 10)
    serve(itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(bytes(100_000))))
    with expect(f"MNIST cannot be downloaded (more than 1 MB came); {HOW_TO_GET_IT}"):
        load_split(None, "train")


def test_a_server_that_drips_is_not_waited_for(serve, monkeypatch):
    monkeypatch.setattr(data, "MOST_SECONDS", 0.3)
    serve(itertools.chain([OK], itertools.repeat(b"a")), pause=0.05)
    with expect(f"MNIST cannot be downloaded (not finished after 0.3 seconds); {HOW_TO_GET_IT}"):
        load_split(None, "train")


def test_a_user_without_a_home_is_told_what_to_do(monkeypatch):
    def fail():
        raise RuntimeError("Could not determine home directory.")

    for name in ("MNIST_PATH", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(data.Path, "home", fail)
    with expect(f"there is no home folder to look for MNIST in; {HOW_TO_GET_IT}"):
        load_split(None, "train")
