"""The lab as `diffviz app` serves it: to whom, under which name, in whose frame, and how much it takes."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

if TYPE_CHECKING:
    from tests.browser.conftest import Serve

ROOT = Path(__file__).parents[2]
WAIT = 60_000
CELL = '{"selection": {"points": [{"customdata": %s}], "point_indices": [], "box": [], "lasso": []}}'
SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "YWJj" * 5 + "YQ==",
}
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(serve: Serve) -> Iterator[str]:
    """The address of `diffviz app`."""
    with serve(
        sys.executable, "-m", "diffviz.cli", "app", "--no-browser", "--port", cwd=ROOT, env=os.environ
    ) as address:
        yield address


def status(lab: str, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection(urlsplit(lab).netloc, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answered = connection.getresponse().status
    connection.close()
    return answered


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="asks Linux who listens")
def test_it_listens_on_this_machine_alone(lab: str) -> None:
    port = urlsplit(lab).port
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
    ]
    assert listening == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(
    ("path", "extra", "fine"), [("/", {}, 200), ("/train", {}, 200), ("/_stcore/stream", SOCKET, 101)]
)
def test_only_a_known_host_is_answered(lab: str, path: str, extra: dict[str, str], fine: int) -> None:
    own = urlsplit(lab).netloc
    assert [status(lab, path, {"Host": host, **extra}) for host in (own, own.replace("127.0.0.1", "localhost"))] == [
        fine
    ] * 2
    assert [
        status(lab, path, {"Host": host, **extra}) for host in ("evil.test", f"evil.test:{urlsplit(lab).port}")
    ] == [403] * 2


@pytest.mark.parametrize("path", ["/", "/train", "/nowhere", "/_stcore/health"])
def test_no_other_site_may_frame_it(lab: str, path: str) -> None:
    with urllib.request.urlopen(lab + path) as answer:
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_upload_of_more_than_two_megabytes_is_refused(lab: str) -> None:
    assert [upload(lab, size) for size in (1_000_000, 3_000_000)] == [204, 413]


def upload(lab: str, size: int) -> int:
    """The status that answers a file of `size` bytes in a fresh session."""
    with urllib.request.urlopen(f"{lab}/_stcore/health") as answer:
        token = answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]
    with client(lab) as socket:
        messages = list(rerun(socket, ""))
        session = next(m.new_session.initialize.session_id for m in messages if m.HasField("new_session"))
        head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
        headers = {
            "Content-Type": "multipart/form-data; boundary=b",
            "X-Xsrftoken": token,
            "Cookie": f"_streamlit_xsrf={token}",
        }
        connection = HTTPConnection(urlsplit(lab).netloc, timeout=30)
        connection.request(
            "PUT", f"/_stcore/upload_file/{session}/file", head + b"1" * size + b"\r\n--b--\r\n", headers
        )
        return connection.getresponse().status


def client(lab: str) -> ClientConnection:
    """A session without a browser."""
    address = lab.replace("http", "ws") + "/_stcore/stream"
    return connect(address, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]


def rerun(socket: ClientConnection, page: str, query: str = "", **forged: str) -> Iterator[ForwardMsg]:
    """What the server sends while it draws a page. forged: a widget's JSON or text, by the field it is sent in."""
    begin = BackMsg()
    begin.rerun_script.page_name, begin.rerun_script.query_string = page, query
    if forged:
        state = begin.rerun_script.widget_states.widgets.add()
        for field, value in forged.items():
            setattr(state, field, value)
    socket.send(begin.SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(socket.recv(120))  # type: ignore[arg-type]
        yield message
        if message.WhichOneof("type") == "script_finished":
            return


def elements(messages: Iterator[ForwardMsg], kind: str) -> list[Any]:
    news = [m.delta.new_element for m in messages if m.HasField("delta") and m.delta.HasField("new_element")]
    return [getattr(new, kind) for new in news if new.WhichOneof("type") == kind]


@pytest.mark.parametrize(
    ("page", "query", "kind", "key", "field", "value"),
    [
        ("train", "data=drawn", "bidi_component", "train.drawing", "json_value", f'{{"points": [[{10**400}, 0]]}}'),
        ("race", "view=steps", "bidi_component", "editor", "json_value", f'{{"shares": [{10**400}, 1, 2, 3, 4]}}'),
        ("digits", "view=table", "plotly_chart", "table", "string_value", CELL % f"[{10**400}, 0]"),
        ("digits", "view=table", "plotly_chart", "table", "string_value", CELL % "[-1, 99]"),
    ],
)
def test_a_forged_value_does_not_end_the_page(
    lab: str, page: str, query: str, kind: str, key: str, field: str, value: str
) -> None:
    with client(lab) as socket:
        (widget,) = [e.id for e in elements(rerun(socket, page, query), kind) if key in e.id]
        assert elements(rerun(socket, page, query, id=widget, **{field: value}), "exception") == []


def test_a_deep_link_asks_for_nothing_that_is_not_there(page: Page, lab: str) -> None:
    failed: list[str] = []
    page.on("response", lambda response: response.status >= 400 and failed.append(response.url))
    for name in ("Train live", "Forward SDE"):
        page.goto(f"{lab}/{name.split()[0].lower()}")
        expect(page.get_by_role("heading", level=1)).to_have_text(name, timeout=WAIT)
    page.get_by_role("link", name="Digits", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Digits", timeout=WAIT)
    assert page.url == f"{lab}/digits" and failed == []


# Notes of every frame what of the picture is to be seen in it: nothing, a still of it, or what the browser has drawn.
SEEN = """(() => {
  const seen = (window.seen = []);
  const look = () => {
    const hosts = [...document.querySelectorAll('#root [data-testid="stBidiComponentIsolated"]')];
    const still = [...document.querySelectorAll('#opening img, .cover-sheet img')].some((i) => i.complete && i.height);
    const drawn = hosts.some((h) => h.shadowRoot?.querySelector('.player[data-paints] canvas')?.clientHeight);
    seen.push(still ? 'still' : drawn ? 'picture' : 'nothing');
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""


@pytest.mark.parametrize("name", ["", "race"])
def test_a_still_stands_until_the_picture_does(page: Page, lab: str, name: str) -> None:
    """Also where all that the page shows has been computed before, as it has at the second visit."""
    page.goto(f"{lab}/{name}")
    expect(page.locator(".player[data-paints]").first).to_be_visible(timeout=WAIT)
    page.add_init_script(SEEN)
    page.goto(f"{lab}/{name}")
    page.wait_for_function("window.seen.includes('picture')", timeout=WAIT)
    page.wait_for_timeout(300)
    seen = page.evaluate("window.seen")
    assert "still" in seen and seen == sorted(seen, key=["nothing", "still", "picture"].index)
    assert page.locator("#opening").count() == 0


def test_a_link_with_choices_opens_with_its_title_alone(page: Page, lab: str) -> None:
    page.route("**/static/js/**", lambda route: route.abort())  # Streamlit never begins
    page.goto(f"{lab}/race?seed=1")
    expect(page.get_by_text("Sampler race", exact=True)).to_be_visible(timeout=WAIT)
    assert page.locator("#opening img").count() == 0


def test_an_address_of_another_machine_is_told_in_one_sentence() -> None:
    command = [sys.executable, "-m", "diffviz.cli", "app", "--no-browser", "--host", "192.0.2.1"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2 and ended.stdout == ""
    assert ended.stderr.startswith("diffviz: The lab cannot listen on '192.0.2.1': ") and ended.stderr.count("\n") == 1
