"""Whom the lab's server answers, by the host that a request names."""

from __future__ import annotations

import socket

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from diffviz.config import ConfigError
from diffviz.ui.gate import Gate, checked_origin, page_routes
from diffviz.ui.serve import reach


async def nothing(*_: object) -> None: ...


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8501", "[::1]:8501", "[::1]", "LocalHost:8501", "localhost.", "192.168.1.7:80"]
)
def test_an_address_and_this_machine_are_answered(host: str) -> None:
    assert Gate(nothing).answers_to(host)


@pytest.mark.parametrize(
    "host", ["", ":8501", "evil.test", "evil.test:8501", "127.0.0.1.evil.test", "localhost.evil.test", "localhost@evil"]
)
def test_a_foreign_name_is_not(host: str) -> None:
    assert not Gate(nothing).answers_to(host)


def test_its_own_name_and_a_given_one_are_answered() -> None:
    gate = Gate(nothing, names=["Lab.Example.org"])
    assert gate.answers_to(f"{socket.gethostname()}:8501") and gate.answers_to("lab.example.org")


def policy(*framers: str) -> tuple[str, str | None]:
    """The two headers that say who may frame an answer."""
    headers = TestClient(Gate(Starlette(), ["testserver"], framers)).get("/").headers
    return headers["Content-Security-Policy"], headers.get("X-Frame-Options")


def test_it_may_be_framed_by_itself_and_by_the_origins_named() -> None:
    assert policy() == ("frame-ancestors 'self'", "SAMEORIGIN")
    origins = [
        checked_origin(text) for text in ("https://Slides.example.org", "http://localhost:8000", "http://[::1]:80")
    ]
    assert policy(*origins) == (f"frame-ancestors 'self' {' '.join(origins)}", None)
    assert origins[0] == "https://slides.example.org"


@pytest.mark.parametrize(
    "text",
    ["*", "https://*", "slides.example.org", "https://a.org/", "https://a.org; x", "https://a b", "javascript:1", ""],
)
def test_what_is_no_origin_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="is an origin such as"):
        checked_origin(text)


def test_it_says_who_can_reach_it() -> None:
    assert {reach(host) for host in ("127.0.0.1", "127.8.0.1", "localhost", "::1")} == {"for this machine alone"}
    assert all("everyone" in reach(host) for host in ("0.0.0.0", "::", "192.168.1.7", "lab.example.org"))


def test_a_page_is_told_its_server_before_any_script() -> None:
    page = TestClient(Starlette(routes=page_routes(["train"]))).get("/train").text
    assert page.count("<script") > 1
    assert page.index("BACKEND_BASE_URL") < page.index("<script", page.index("</script>"))
