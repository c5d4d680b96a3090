"""A visitor without a browser: speaks to the lab's server as Streamlit's front end does, and draws nothing.

Many of them fit into one process, so that a class of thirty, or a visitor who means no good, can be had on a laptop.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileUploaderState, FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.screen import Control, Screen, Wire, error_of, fault_of, is_picture

XSRF = "_streamlit_xsrf"
REMEMBERED = 2  # runs after which the browser forgets a large message that was not sent again


@dataclass(frozen=True)
class Answer:
    """Seconds from asking until the first picture's data were there (None: no picture), and until the script's end."""

    picture: float | None
    seconds: float


@dataclass
class _Asked:
    """A question that waits for its answer. begun: whether the server has started the run that answers it."""

    at: float
    done: asyncio.Future[Answer]
    begun: bool = False
    picture: float | None = None


class Visitor:
    """One open tab.

    screen: what it shows. query: the query string of its address, which the app rewrites. faults, errors: exceptions
    and sentences in red that were shown at any time, once each.
    """

    def __init__(self, socket: ClientConnection, address: str, patience: float) -> None:
        self.screen, self.query, self.session = Screen(), "", ""
        self.faults: dict[str, None] = {}
        self.errors: dict[str, None] = {}
        self.pages: dict[str, str] = {}  # path of each page in the navigation: its title
        self._socket, self._address, self._patience = socket, address, patience
        self._page, self._page_hash = "", ""
        self._states: dict[str, Wire] = {}
        self._asked: _Asked | None = None
        self._urls: asyncio.Future[FileURLs] | None = None
        self._tickers: dict[str, asyncio.Task[None]] = {}
        self._messages: dict[str, tuple[ForwardMsg, int]] = {}  # large ones, which the server need not send again
        self._runs = 0
        self._reader = asyncio.create_task(self._read())

    async def open(self, page: str = "", query: str = "") -> Answer:
        """Go to a page by its address. page: its path, "" for the first one."""
        self._page, self._page_hash, self.query, self._states = page, "", query, {}
        return await self._ask()

    async def move(self, control: Control, value: Wire) -> Answer:
        """Give a control a value."""
        self._states[control.id] = value
        return await self._ask({control.id: value})

    async def move_by_id(self, control_id: str, value: Wire) -> Answer:
        """Give a value to a widget that need not be on the page."""
        return await self._ask({control_id: value})

    async def upload(self, control: Control, name: str, content: bytes) -> Answer:
        """Choose a file; `requests.HTTPError` if the server will not have it."""
        message = BackMsg()
        message.file_urls_request.request_id = name
        message.file_urls_request.file_names.append(name)
        message.file_urls_request.session_id = self.session
        self._urls = asyncio.get_running_loop().create_future()
        await self._socket.send(message.SerializeToString())
        urls = await asyncio.wait_for(self._urls, self._patience)
        await asyncio.to_thread(self._put, urls.upload_url, name, content)
        files = FileUploaderState()
        files.uploaded_file_info.add(name=name, size=len(content), file_id=urls.file_id, file_urls=urls)
        return await self.move(control, ("file_uploader_state_value", files))

    def control(self, label: str) -> Control:
        """The first control with this label; `LookupError` if there is none."""
        for control in self.screen.controls:
            if control.label == label:
                return control
        raise LookupError(f"There is no control {label!r} on the page.")

    def find(self, pattern: str) -> re.Match[str] | None:
        """The first match in what is written on the page."""
        return next(filter(None, (re.search(pattern, text) for text in self.screen.texts)), None)

    async def leave(self) -> None:
        """Close the tab."""
        for ticker in self._tickers.values():
            ticker.cancel()
        await self._socket.close()
        await self._reader

    def _put(self, url: str, name: str, content: bytes) -> None:
        with requests.Session() as http:
            http.get(f"{self._address}/_stcore/health", timeout=self._patience)
            token = {"X-Xsrftoken": http.cookies.get(XSRF, "")}
            files = {"file": (name, content)}
            http.put(f"{self._address}{url}", files=files, headers=token, timeout=self._patience).raise_for_status()

    async def _ask(self, pressed: dict[str, Wire] | None = None) -> Answer:
        """Have the script run, and wait for its end; `TimeoutError` if it does not come, `ConnectionError` if cut."""
        self._asked = _Asked(time.monotonic(), asyncio.get_running_loop().create_future())
        try:
            await self._send(self._client_state(pressed or {}))
            return await asyncio.wait_for(self._asked.done, self._patience)
        except ConnectionClosed as closed:
            raise ConnectionError(f"The server closed the connection: {closed}") from None
        finally:
            self._asked = None

    def _client_state(self, pressed: dict[str, Wire], fragment: str = "") -> ClientState:
        """What the browser sends: where it is, the value of every widget on the page, and what was just pressed."""
        state = ClientState(query_string=self.query, page_script_hash=self._page_hash, fragment_id=fragment)
        state.page_name = "" if self._page_hash else self._page
        state.is_auto_rerun = bool(fragment)
        state.context_info.url = f"{self._address}/{self._page}"
        state.context_info.color_scheme = "light"
        on_page = {control.id: control.value for control in self.screen.controls if control.is_choice}
        held = on_page | {name: value for name, value in self._states.items() if value[0] != "trigger_value"}
        state.widget_states.widgets.extend(encode(name, value) for name, value in (held | pressed).items())
        state.cached_message_hashes.extend(self._messages)
        return state

    async def _send(self, state: ClientState) -> None:
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                message = ForwardMsg.FromString(frame)
                if message.ref_hash:
                    known = ForwardMsg()
                    known.CopyFrom(self._messages[message.ref_hash][0])
                    known.metadata.CopyFrom(message.metadata)
                    self._messages[message.ref_hash] = known, self._runs
                    message = known
                elif message.metadata.cacheable:
                    self._messages[message.hash] = message, self._runs
                take = getattr(self, f"_take_{message.WhichOneof('type')}", None)
                if take is not None:
                    take(message)
        except ConnectionClosed as closed:
            self._fail(f"The server closed the connection: {closed}")
        else:
            self._fail("The server closed the connection.")

    def _fail(self, why: str) -> None:
        for waiting in (self._asked and self._asked.done, self._urls):
            if waiting is not None and not waiting.done():
                waiting.set_exception(ConnectionError(why))

    def _take_new_session(self, message: ForwardMsg) -> None:
        new = message.new_session
        self.session = new.initialize.session_id
        self.screen.begin(message)
        if message.metadata.run.fragment_ids:
            return
        self._runs += 1
        self._page_hash = new.page_script_hash or self._page_hash
        for ticker in self._tickers.values():
            ticker.cancel()
        self._tickers.clear()
        if self._asked:
            self._asked.begun = True

    def _take_navigation(self, message: ForwardMsg) -> None:
        self._page_hash = message.navigation.page_script_hash
        self.pages = {page.url_pathname: page.page_name for page in message.navigation.app_pages}

    def _take_page_info_changed(self, message: ForwardMsg) -> None:
        self.query = message.page_info_changed.query_string

    def _take_delta(self, message: ForwardMsg) -> None:
        self.screen.put(message)
        for seen, told in ((self.faults, fault_of(message)), (self.errors, error_of(message))):
            if told:
                seen[told] = None
        if self._asked and self._asked.begun and self._asked.picture is None and is_picture(message):
            self._asked.picture = time.monotonic() - self._asked.at

    def _take_script_finished(self, message: ForwardMsg) -> None:
        if message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self.screen.prune(message)
        elif message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.screen.prune(message)
            shown = {control.id for control in self.screen.controls}
            self._states = {name: value for name, value in self._states.items() if name in shown}
            self._messages = {h: kept for h, kept in self._messages.items() if self._runs - kept[1] < REMEMBERED}
            asked = self._asked
            if asked and asked.begun and not asked.done.done():
                asked.done.set_result(Answer(asked.picture, time.monotonic() - asked.at))

    def _take_auto_rerun(self, message: ForwardMsg) -> None:
        fragment = message.auto_rerun.fragment_id
        if fragment not in self._tickers:
            self._tickers[fragment] = asyncio.create_task(self._tick(fragment, message.auto_rerun.interval))

    def _take_stop_auto_rerun(self, message: ForwardMsg) -> None:
        for fragment in message.stop_auto_rerun.fragment_ids:
            if ticker := self._tickers.pop(fragment, None):
                ticker.cancel()

    def _take_file_urls_response(self, message: ForwardMsg) -> None:
        if self._urls and not self._urls.done():
            self._urls.set_result(message.file_urls_response.file_urls[0])

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await self._send(self._client_state({}, fragment))
            except ConnectionClosed:
                return


def encode(control_id: str, value: Wire) -> WidgetState:
    """A widget's value as it is sent."""
    field, content = value
    state = WidgetState(id=control_id)
    if field.endswith("array_value"):
        getattr(state, field).data.extend(content)
    elif isinstance(content, FileUploaderState):
        state.file_uploader_state_value.CopyFrom(content)
    else:
        setattr(state, field, content)
    return state


@asynccontextmanager
async def visit(address: str, patience: float = 60.0) -> AsyncIterator[Visitor]:
    """A tab without a page yet, closed at the end. patience: seconds that any answer may take."""
    stream = address.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], max_size=None, open_timeout=patience) as socket:
        visitor = Visitor(socket, address, patience)
        try:
            yield visitor
        finally:
            await visitor.leave()


@dataclass(frozen=True)
class Place:
    """A view that can be visited: the page's path, the query string that names the view, and a name to read."""

    page: str
    query: str
    name: str


async def places(address: str) -> list[Place]:
    """Every view of every page, as a visitor finds them by pressing what is there."""
    found: list[Place] = []
    async with visit(address) as visitor:
        await visitor.open()
        for page, title in dict(visitor.pages).items():
            await visitor.open(page)
            tabs = next((c for c in visitor.screen.controls if c.label == "View"), None)
            found.append(Place(page, visitor.query, title if tabs is None else f"{title}: {tabs.value[1][0]}"))
            for field, [view] in tabs.neighbours if tabs else ():
                await visitor.move(visitor.control("View"), (field, [view]))
                found.append(Place(page, visitor.query, f"{title}: {view}"))
    return found
