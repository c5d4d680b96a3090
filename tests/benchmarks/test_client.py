"""A visitor without a browser sees what a browser would: pages, controls, answers, and what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.client import encode, visit
from benchmarks.screen import Screen
from benchmarks.server import Server, serve
from benchmarks.tracebacks import all_foreign, where
from diffviz.ui.notice import plain


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


def play(scene: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run it in a thread of its own: a browser of other tests may have an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(asyncio.wait_for(scene(), 120))).result()


@pytest.mark.slow
def test_home_opens_with_a_title_and_a_picture(server: Server) -> None:
    async def scene() -> None:
        async with visit(server.address) as visitor:
            answer = await visitor.open()
            assert answer.picture is not None and 0 < answer.picture <= answer.seconds
            assert not visitor.screen.blank and not visitor.faults and not visitor.errors
            assert {"forward", "train", "race", "digits"} <= set(visitor.pages)

    play(scene)


@pytest.mark.slow
def test_a_moved_control_is_answered_with_its_new_value_and_another_picture(server: Server) -> None:
    async def scene() -> None:
        async with visit(server.address) as visitor:
            await visitor.open("race", "race.panes=2")
            seed = visitor.control("Seed")
            assert seed.value == ("double_array_value", [0.0])
            answer = await visitor.move(seed, *seed.neighbours)
            assert answer.picture is not None
            assert visitor.query == "seed=1&race.panes=2"
            assert not visitor.screen.blank and not visitor.faults and not visitor.errors

    play(scene)


@pytest.mark.slow
def test_a_training_goes_on_while_it_is_watched(server: Server) -> None:
    async def scene() -> None:
        async with visit(server.address) as visitor:
            await visitor.open("train", "steps=1000000")
            start = visitor.control("Start")
            await visitor.move(start, *start.neighbours)
            reset = visitor.control("Reset")
            seen: set[str] = set()
            while len(seen) < 3:  # ticks alone bring these: nobody presses anything
                await asyncio.sleep(0.1)
                if step := visitor.find(r"step ([\d,]+) of"):
                    seen.add(step[1])
            await visitor.move(reset, *reset.neighbours)
            assert visitor.control("Start") and not visitor.faults

    play(scene)


@pytest.mark.slow
def test_a_file_is_uploaded_and_a_bad_one_told_in_red(server: Server) -> None:
    async def scene() -> None:
        async with visit(server.address) as visitor:
            await visitor.open("train", "data=csv")
            label = "Two numeric columns, at most 20,000 rows and 2 MB"
            await visitor.upload(visitor.control(label), "points.csv", b"x,y\n1,2\n3,4\n" + b"5,7\n" * 18)
            assert visitor.find("20 points") and not visitor.errors
            await visitor.upload(visitor.control(label), "points.csv", b"x,y\n1,2,3\n")
            assert visitor.screen.errors == [plain("Row 2 has 3 columns, expected 2.")]

    play(scene)


@pytest.mark.slow
def test_a_value_that_streamlit_cannot_read_is_known_by_its_traceback(server: Server) -> None:
    async def scene() -> None:
        async with visit(server.address) as visitor:
            await visitor.open()
            components = [control for control in visitor.screen.controls if control.kind == "bidi_component"]
            of_the_page = ("diffviz.presenter", "diffviz.share")
            (player,) = [component for component in components if component.label not in of_the_page]
            before = len(server.log.read_text())
            await visitor.move(player, ("json_value", "{"))
            log = server.log.read_text()[before:]
            assert all_foreign(log) and where(log).startswith("json.decoder.JSONDecodeError")

    play(scene)


def _message(run: str, *place: int, text: str = "", fragment: str = "") -> ForwardMsg:
    """A delta of Markdown at a place; without a place, the beginning or the end of a run."""
    message = ForwardMsg()
    message.metadata.run.script_run_id = run
    if fragment and not place:
        message.metadata.run.fragment_ids.append(fragment)
    if place:
        message.metadata.delta_path.extend(place)
        message.delta.new_element.markdown.body = text
        message.delta.fragment_id = fragment
    return message


def _drawn(screen: Screen, run: str, *deltas: ForwardMsg, fragment: str = "") -> list[str]:
    """The texts after a run that brings these deltas."""
    screen.begin(_message(run, fragment=fragment))
    for delta in deltas:
        screen.put(delta)
    screen.prune(_message(run, fragment=fragment))
    return screen.texts


def test_what_a_run_does_not_draw_again_goes() -> None:
    screen = Screen()
    first = [_message("1", 0, 1, text="# Title"), _message("1", 0, 10, text="late"), _message("1", 0, 2, text="early")]
    assert _drawn(screen, "1", *first) == ["# Title", "early", "late"]
    assert _drawn(screen, "2", _message("2", 0, 1, text="# Other")) == ["# Other"]


def test_a_fragment_leaves_the_rest_of_the_page_alone() -> None:
    screen = Screen()
    inner = [_message("1", 0, 1, 0, text="tick", fragment="f"), _message("1", 0, 1, 1, text="gone", fragment="f")]
    assert _drawn(screen, "1", _message("1", 0, 0, text="# Title"), *inner) == ["# Title", "tick", "gone"]
    assert _drawn(screen, "2", _message("2", 0, 1, 0, text="tock", fragment="f"), fragment="f") == ["# Title", "tock"]


def test_a_page_with_a_title_alone_is_blank_until_it_says_why() -> None:
    screen = Screen()
    _drawn(screen, "1", _message("1", 0, 0, text="# Title"))
    assert screen.blank
    told = _message("1", 0, 1)
    told.delta.new_element.alert.body, told.delta.new_element.alert.format = "Too many.", Alert.ERROR
    screen.put(told)
    assert not screen.blank and screen.errors == ["Too many."] and screen.faults == []


def test_an_exception_is_no_sentence() -> None:
    screen = Screen()
    broken = _message("1", 0, 1)
    broken.delta.new_element.exception.type = "ValueError"
    broken.delta.new_element.exception.message = "no"
    _drawn(screen, "1", _message("1", 0, 0, text="# Title"), broken)
    assert screen.blank and screen.faults == ["ValueError: no"]


def test_an_empty_choice_is_sent_as_one() -> None:
    sent = WidgetState.FromString(encode("w", ("string_array_value", [])).SerializeToString())
    assert sent.WhichOneof("value") == "string_array_value" and list(sent.string_array_value.data) == []
