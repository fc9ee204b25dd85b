"""Where the API listens: sockets that are there already or cannot be had, modes, TLS, and what is left at the end."""

from __future__ import annotations

import socket
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc
import pytest
import trustme
from google.protobuf.empty_pb2 import Empty

from grokbot.api.server import read_certificate, server
from grokbot.conversation.errors import ConfigurationError
from grokbot.process.socket_path import LONGEST_PATH
from grokbot.settings import ApiSettings
from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonStub
from tests.wire.by_hand import text

from .raw import DAEMON, Raw
from .service import ServedHouse, serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a path as short as a socket's has to be."""
    return tmp_path_factory.mktemp("s")


@asynccontextmanager
async def listening(folder: Path, *where: str, **tls: Path) -> AsyncIterator[ServedHouse]:
    async with serving_house(folder, api=ApiSettings.model_validate({"listen": where, **tls})) as house:
        yield house


async def answers(target: str, credentials: grpc.ChannelCredentials | None = None, key: str = "") -> bool:
    channel = grpc.aio.secure_channel(target, credentials) if credentials else grpc.aio.insecure_channel(target)
    async with channel:
        raw = Raw(channel, (("apikey", key),) if key else ())
        return text(await raw.call(DAEMON + "GetStatus"), 1) == "0.0.0"


async def problem(folder: Path, *where: str, **tls: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        async with listening(folder, *where, **tls):
            pass
    assert caught.value.key.startswith("api.")
    assert str(caught.value).endswith(".")
    return str(caught.value)


async def test_the_socket_is_its_owners_and_their_groups_and_goes_at_the_end(folder: Path) -> None:
    path = folder / "new" / "grokbot" / "api.sock"
    async with listening(folder, f"unix:{path}"):
        assert stat.S_IMODE(path.lstat().st_mode) == 0o660
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert await answers(f"unix:{path}")
    assert not path.exists()


async def test_a_socket_that_was_left_behind_is_taken_over(folder: Path) -> None:
    path = folder / "api.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
        killed.listen()
    assert path.is_socket()
    async with listening(folder, f"unix:{path}"):
        assert await answers(f"unix:{path}")


async def test_a_socket_at_which_somebody_answers_is_left_alone(folder: Path) -> None:
    path = folder / "api.sock"
    (folder / "other").mkdir()
    async with listening(folder, f"unix:{path}"):
        assert "another grokbot is running there" in await problem(folder / "other", f"unix:{path}")
        assert await answers(f"unix:{path}")
    assert not path.exists()


async def test_a_socket_that_somebody_else_made_meanwhile_is_not_taken_away(folder: Path) -> None:
    path = folder / "api.sock"
    async with listening(folder, f"unix:{path}"):
        path.unlink()
        path.write_text("somebody else's")
    assert path.exists()


async def test_what_is_no_socket_is_left_alone(folder: Path) -> None:
    path = folder / "api.sock"
    path.write_text("precious")
    assert "not a socket" in await problem(folder, f"unix:{path}")
    assert path.read_text() == "precious"


async def test_a_place_where_no_socket_can_be_is_told(folder: Path) -> None:
    for nowhere in ("new/api.sock", "no/such/folder/api.sock"):
        assert "the socket's folder does not exist" in await problem(folder, f"unix:{folder}/{nowhere}")
    (folder / "grokbot").write_text("")
    assert "the socket's folder does not exist" in await problem(folder, f"unix:{folder}/grokbot/api.sock")
    (folder / "file").write_text("")
    assert "the socket's folder does not exist" in await problem(folder, f"unix:{folder}/file/api.sock")
    longest = f"{folder}/{'x' * (LONGEST_PATH - len(str(folder)) - 1)}"
    long = f"{longest[:-1]}ä"  # as many characters, and a byte more
    assert f"its path has {LONGEST_PATH + 1} bytes" in await problem(folder, f"unix:{long}")
    async with listening(folder, f"unix:{longest}"):
        assert await answers(f"unix:{longest}")


async def test_strangers_at_a_port_take_no_call_from_the_operator_at_the_socket(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CALLS", 5)
    async with listening(folder, "127.0.0.1:0", f"unix:{folder}/api.sock") as house:
        port, at_socket = house.serving.addresses
        async with grpc.aio.insecure_channel(port) as there, grpc.aio.insecure_channel(at_socket) as here:
            watches = [Raw(there).stream("/grpc.health.v1.Health/Watch", b"") for _ in range(5)]  # needs no key
            for watch in watches:
                await watch.read()
            with pytest.raises(grpc.aio.AioRpcError) as caught:  # the transport's own sentence
                await Raw(there).begin()
            assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert await Raw(here).begin()
            for watch in watches:
                watch.cancel()


async def test_several_addresses_are_served_and_a_taken_port_is_told(folder: Path) -> None:
    async with listening(folder, f"unix:{folder}/api.sock", "127.0.0.1:0", "[::1]:0") as house:
        key = await house.key()
        assert [address.rpartition(":")[0] for address in house.serving.addresses[1:]] == ["127.0.0.1", "[::1]"]
        for address in house.serving.addresses:
            assert await answers(address, key=key)
        (folder / "other").mkdir()
        taken = house.serving.addresses[1]
        assert taken in await problem(folder / "other", f"unix:{folder}/other/api.sock", taken)
        assert not (folder / "other" / "api.sock").exists()  # what it had by then is given back


async def test_without_any_address_nothing_is_served(folder: Path) -> None:
    async with listening(folder) as house:
        assert house.serving.addresses == ()


# TLS


class Certified:
    """An authority and a certificate of its own for this machine, as files."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        certificate = self.authority.issue_cert("localhost", "127.0.0.1")
        self.certificate, self.key = folder / "api.crt", folder / "api.key"
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        self.key.write_bytes(certificate.private_key_pem.bytes())
        self.files = {"tls_certificate": self.certificate, "tls_key": self.key}

    @property
    def known(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self.authority.cert_pem.bytes())


async def test_over_tls_a_key_opens(folder: Path) -> None:
    tls = Certified(folder)
    async with listening(folder, "localhost:0", f"unix:{folder}/api.sock", **tls.files) as house:
        key = await house.key()
        assert await answers(house.target, tls.known, key)
        assert await answers(house.serving.addresses[1])  # the socket needs neither
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await answers(house.target, tls.known)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_renewed_certificate_is_shown_to_new_connections_and_old_ones_go_on(folder: Path) -> None:
    before = Certified(folder)
    where = ("localhost:0", "127.0.0.1:0")
    async with listening(folder, *where, **before.files) as house:
        key = await house.key()
        async with grpc.aio.secure_channel(house.target, before.known) as channel:
            call = DaemonStub(channel).GetStatus
            await call(Empty(), metadata=(("apikey", key),))
            after = Certified(folder)
            settings = ApiSettings.model_validate({"listen": where, **after.files})
            house.serving.certificates.use(read_certificate(settings))
            for address in house.serving.addresses:
                assert await answers(address, after.known, key)
                with pytest.raises(grpc.aio.AioRpcError):
                    await answers(address, before.known, key)
            await call(Empty(), metadata=(("apikey", key),))


async def test_plain_text_at_a_tls_port_and_a_stranger_s_certificate_are_unavailable(folder: Path) -> None:
    tls = Certified(folder)
    async with listening(folder, "127.0.0.1:0", **tls.files) as house:
        key = await house.key()
        stranger = grpc.ssl_channel_credentials(trustme.CA().cert_pem.bytes())
        for credentials in (None, stranger):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await answers(house.target, credentials, key)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert await answers(house.target, tls.known, key)


async def test_files_that_are_no_certificate_with_its_key_are_told_without_what_is_in_them(folder: Path) -> None:
    (folder / "other").mkdir()
    one, other = Certified(folder), Certified(folder / "other")
    nothing = folder / "nothing"
    nothing.write_text("secret words")
    for certificate, key in ((one.certificate, other.key), (nothing, one.key), (one.certificate, nothing)):
        said = await problem(folder, "127.0.0.1:0", tls_certificate=certificate, tls_key=key)
        assert "must be PEM files" in said
        assert "secret" not in said
    missing = folder / "missing"
    assert "cannot be read" in await problem(folder, "127.0.0.1:0", tls_certificate=missing, tls_key=one.key)
    assert "api.tls_key" in await problem(folder, "127.0.0.1:0", tls_certificate=one.certificate, tls_key=missing)
