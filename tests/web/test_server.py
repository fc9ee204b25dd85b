"""The server over real sockets: which request gets which answer, with which headers; and where it listens."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import aiohttp
import pytest

from grokbot.conversation.errors import ConfigurationError, StoreError
from grokbot.documents.as_json import from_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.settings import WebSettings
from grokbot.web import pages
from grokbot.web.share_site import serving_share_site, share_url
from tests.documents.cases import SAMPLE, SLOW, person, transcript
from tests.web.conftest import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.documents.transcript import Transcript

TOKEN = "AbCdEfGhIjKlMnOpQrStUv"
GARBAGE = [
    "", "x", "x" * 5_000, "a/b", "../../etc/passwd", "%2e%2e%2f", "%00", "%ff%fe", "ü",
    TOKEN + "x", TOKEN[:-1], TOKEN.lower(),
    TOKEN + ".html", TOKEN + ".md.md", TOKEN + "/", ".md", ".json",
    TOKEN + "%0d%0aX-Evil: 1", "'; DROP TABLE shares; --",
]  # fmt: skip
ELSEWHERE = ["/", "/s", "/favicon.ico", "/robots.txt", "/S/" + TOKEN, "/healthz/", "/metrics", "//s/" + TOKEN, "/admin"]


async def get(url: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
        return answer.status, dict(answer.headers), await answer.read()


def same(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Date"}


async def test_a_share_is_read_in_three_forms(shelf: Shelf) -> None:
    shelf.shown[TOKEN] = SAMPLE
    status, headers, html = await get(f"{shelf.url}/s/{TOKEN}")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'<meta property="og:url" content="https://grok.example.org/s/{TOKEN}">' in html.decode()

    status, headers, markdown = await get(f"{shelf.url}/s/{TOKEN}.md")
    assert (status, headers["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    assert markdown.decode() == to_markdown(SAMPLE)
    assert "lists-tables-and-the-area-under-a-curve-2026-11-23.md" in headers["Content-Disposition"]

    status, headers, written = await get(f"{shelf.url}/s/{TOKEN}.json")
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert from_json(written.decode()) == SAMPLE
    assert shelf.asked == [TOKEN] * 3


async def test_whatever_is_not_shared_gets_the_same_answer(shelf: Shelf) -> None:
    shelf.shown[TOKEN] = SAMPLE
    answers = [await get(f"{shelf.url}/s/{garbage}") for garbage in GARBAGE]
    answers += [await get(shelf.url + path) for path in ELSEWHERE]
    answers += [await get(f"{shelf.url}/s/unknown{form}") for form in ("", ".md", ".json")]
    status, headers, body = answers[0]
    assert status == 404
    assert "Nothing is shared here" in body.decode()
    for answer in answers:
        assert (answer[0], same(answer[1]), answer[2]) == (404, same(headers), body)
    assert "X-Evil" not in headers


async def test_every_token_is_looked_up_so_that_no_answer_comes_sooner(shelf: Shelf) -> None:
    for garbage in ("x", "x" * 500, "unknown.md", "!!"):
        await get(f"{shelf.url}/s/{garbage}")
    assert shelf.asked == ["x", "x" * 500, "unknown", "!!"]


async def test_what_is_taken_back_is_gone_at_once(shelf: Shelf) -> None:
    shelf.shown[TOKEN] = SAMPLE
    assert (await get(f"{shelf.url}/s/{TOKEN}"))[0] == 200
    del shelf.shown[TOKEN]
    assert (await get(f"{shelf.url}/s/{TOKEN}"))[0] == 404


async def test_a_page_is_never_shown_for_another_one_or_for_what_it_was_before(shelf: Shelf) -> None:
    shelf.shown |= {"a": transcript(person("first")), "b": transcript(person("first"))}
    assert b"/s/a" in (await get(f"{shelf.url}/s/a"))[2]
    assert b"/s/b" in (await get(f"{shelf.url}/s/b"))[2]
    shelf.shown["a"] = transcript(person("second"))
    assert b"second" in (await get(f"{shelf.url}/s/a"))[2]


@pytest.mark.parametrize("path", ["/s/" + TOKEN, f"/s/{TOKEN}.json", "/s/unknown", "/healthz", "/"])
async def test_every_answer_is_safe_and_names_no_program(shelf: Shelf, path: str) -> None:
    shelf.shown[TOKEN] = SAMPLE
    for method in ("GET", "HEAD", "POST"):
        _, headers, _ = await get(shelf.url + path, method)
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert headers["Content-Security-Policy"].endswith(
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert headers["Cache-Control"] == "private, no-store"
        assert "Server" not in headers
        assert "Set-Cookie" not in headers


async def test_what_is_no_http_gets_a_safe_answer_too(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    host, port = shelf.url.removeprefix("http://").split(":")
    for sent in (
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET /s/secret HTTP/9.9\r\n\r\n",
        b"GET /s/" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.")
        assert b" 400 " in answer.splitlines()[0]
        assert b"Server:" not in answer
        assert b"nosniff" in answer
    assert "secret" not in caplog.text
    assert (await get(f"{shelf.url}/healthz"))[0] == 200


async def test_a_daemon_that_is_mute_does_not_say_ok_and_says_nothing_else_either() -> None:
    mute = False
    async with serving_share_site(WebSettings(listen="127.0.0.1:0"), nobody, is_mute=lambda: mute) as where:
        assert (await get(f"http://{where}/healthz"))[::2] == (200, b"ok\n")
        mute = True
        assert (await get(f"http://{where}/healthz"))[::2] == (503, b"mute\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_only_get_and_head_are_answered_and_nothing_else_is_told(shelf: Shelf, method: str) -> None:
    shelf.shown[TOKEN] = SAMPLE
    known = await get(f"{shelf.url}/s/{TOKEN}", method)
    unknown = await get(f"{shelf.url}/s/unknown", method)
    assert known[0] == unknown[0] == 405
    assert known[1]["Allow"] == "GET, HEAD"
    assert (same(known[1]), known[2]) == (same(unknown[1]), unknown[2])
    assert shelf.asked == []


async def test_head_is_get_without_a_body(shelf: Shelf) -> None:
    shelf.shown[TOKEN] = SAMPLE
    for path in ("/s/" + TOKEN, "/s/unknown", "/healthz"):
        got, head = await get(shelf.url + path), await get(shelf.url + path, "HEAD")
        assert (head[0], same(head[1]), head[2]) == (got[0], same(got[1]), b"")


async def test_health_is_told_without_looking_anything_up(shelf: Shelf) -> None:
    shelf.trouble = StoreError("The disk is full.")
    status, headers, body = await get(f"{shelf.url}/healthz")
    assert (status, body, headers["Content-Type"]) == (200, b"ok\n", "text/plain; charset=utf-8")


async def test_the_policy_is_at_its_address_and_nowhere_if_the_operator_has_another(shelf: Shelf) -> None:
    shelf.trouble = StoreError("The disk is full.")
    status, headers, body = await get(f"{shelf.url}/privacy")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "The Tea Society" in body.decode()
    async with serving_share_site(WebSettings(listen="127.0.0.1:0"), shelf.shared) as where:
        assert (await get(f"http://{where}/privacy"))[0] == 404


@pytest.mark.parametrize("trouble", [StoreError("The disk is full."), RuntimeError("a secret")])
async def test_trouble_is_told_without_saying_which(
    shelf: Shelf, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.trouble = trouble
    status, headers, body = await get(f"{shelf.url}/s/{TOKEN}")
    assert status == 503
    assert headers["Retry-After"] == "5"
    assert str(trouble) not in body.decode()
    assert TOKEN not in caplog.text


async def test_nothing_of_a_request_is_logged(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shelf.shown[TOKEN] = SAMPLE
    await get(f"{shelf.url}/s/{TOKEN}")
    await get(f"{shelf.url}/s/{TOKEN}x?{TOKEN}")
    assert not [r for r in caplog.records if r.name.startswith(("grokbot", "aiohttp")) and TOKEN in r.getMessage()]


async def test_others_are_answered_while_a_slow_page_is_made(shelf: Shelf) -> None:
    shelf.shown[TOKEN] = transcript(person(SLOW["brackets"]))
    slow = asyncio.create_task(get(f"{shelf.url}/s/{TOKEN}"))
    healthy = 0
    while not slow.done():
        assert (await get(f"{shelf.url}/healthz"))[0] == 200
        healthy += 1
    assert (await slow)[0] == 200
    assert healthy > 5


async def test_too_many_pages_at_once_are_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_WAITING", 2)
    made = pages.Pages()
    try:
        three = (made.html(SAMPLE, ""), made.markdown(SAMPLE), made.json(SAMPLE))
        first, second, third = await asyncio.gather(*three, return_exceptions=True)
        assert isinstance(first, bytes)
        assert isinstance(second, bytes)
        assert isinstance(third, pages.TooBusyError)
        assert await made.json(SAMPLE)
    finally:
        made.close()


async def test_who_is_put_off_is_told_when_to_come_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_WAITING", 0)
    shelf.shown[TOKEN] = SAMPLE
    status, headers, body = await get(f"{shelf.url}/s/{TOKEN}")
    assert (status, headers["Retry-After"]) == (503, "5")
    assert b"try again in a moment" in body


async def test_a_page_is_made_once_for_all_who_ask_meanwhile_and_not_for_who_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[str] = []
    release = threading.Event()

    def slow(of: Transcript, **_: object) -> str:
        begun.append(of.title)
        release.wait(30)
        return of.title

    monkeypatch.setattr(pages, "to_html", slow)
    made = pages.Pages()
    one, other = transcript(person("one"), title="one"), transcript(person("two"), title="two")
    try:
        readers = [asyncio.create_task(made.html(one, "")) for _ in range(20)]
        left = [asyncio.create_task(made.html(other, "")) for _ in range(2)]
        await asyncio.sleep(0.05)
        for task in (*left, *readers[1:5]):
            task.cancel()
        await asyncio.wait([*left, *readers[1:5]])
        release.set()
        assert set(await asyncio.gather(readers[0], *readers[5:])) == {b"one"}
        assert await made.html(one, "") == b"one"
        assert begun == ["one"]
        assert await made.html(other, "") == b"two"
    finally:
        release.set()
        made.close()


async def test_kept_pages_take_no_more_room_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "KEPT_BYTES", 30_000)
    made = pages.Pages()
    try:
        for number in range(10):
            page = await made.html(transcript(person(f"{number} " + "x" * 5_000)), "https://e.org/s/x")
            assert page == await made.html(transcript(person(f"{number} " + "x" * 5_000)), "https://e.org/s/x")
            assert made._kept_bytes == sum(map(len, made._kept.values())) <= 30_000
        await made.html(transcript(person("x" * 40_000)), "")
        assert made._kept_bytes <= 30_000
    finally:
        made.close()


async def nobody(_token: str) -> Transcript | None:
    return None


async def test_without_an_address_there_is_no_server() -> None:
    async with serving_share_site(WebSettings(), nobody) as where:
        assert where == ""


async def test_without_a_public_address_pages_do_not_tell_where_they_are() -> None:
    shelf = Shelf({TOKEN: SAMPLE})
    async with serving_share_site(WebSettings(listen="127.0.0.1:0"), shelf.shared) as where:
        _, _, html = await get(f"http://{where}/s/{TOKEN}")
    assert b"og:url" not in html


async def test_it_listens_at_a_socket_for_everybody_and_takes_it_away(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    for _ in range(2):
        async with serving_share_site(WebSettings(listen=f"unix:{path}"), nobody) as where:
            assert where == f"unix:{path}"
            assert path.stat().st_mode & 0o777 == 0o666
            async with (
                aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
                session.get("http://localhost/healthz") as answer,
            ):
                assert answer.status == 200
        assert not path.exists()


async def test_a_socket_that_a_crash_left_behind_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with closing(socket.socket(socket.AF_UNIX)) as crashed:
        crashed.bind(str(path))
    async with serving_share_site(WebSettings(listen=f"unix:{path}"), nobody):
        assert path.is_socket()


async def test_a_taken_port_is_the_operators_to_mend() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigurationError) as caught:
            async with serving_share_site(WebSettings(listen=address), nobody):
                pass
    assert caught.value.key == "web.listen"
    assert str(caught.value) == (
        f"web.listen: the web server cannot listen at {address}, because another program is listening there. "
        "Set another address."
    )


@pytest.mark.parametrize(
    ("listen", "why"),
    [
        ("192.0.2.1:8080", "this machine does not have that address"),
        ("unix:/nowhere/at/all.sock", "the socket's folder does not exist"),
        ("no-such-host.invalid:8080", "the host name is unknown"),
    ],
)
async def test_an_address_that_cannot_be_had_is_told_with_its_reason(listen: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        async with serving_share_site(WebSettings(listen=listen), nobody):
            pass


async def test_ipv6_is_listened_at_where_there_is_any() -> None:
    async with serving_share_site(WebSettings(listen="[::1]:0"), nobody) as where:
        assert where.startswith("[::1]:")
        assert (await get(f"http://{where}/healthz"))[0] == 200


async def test_its_end_waits_for_no_open_connection() -> None:
    async with serving_share_site(WebSettings(listen="127.0.0.1:0"), nobody) as where:
        host, port = where.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await reader.readline()
    await reader.read()  # until it is closed from there
    writer.close()


def test_the_address_of_a_share() -> None:
    assert share_url("https://grok.example.org/a", TOKEN) == f"https://grok.example.org/a/s/{TOKEN}"
