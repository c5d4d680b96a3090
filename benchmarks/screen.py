"""What a page shows, put together from the messages that Streamlit's server sends; and the controls on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer

Wire = tuple[str, Any]  # the field of a WidgetState and what stands in it


@dataclass(frozen=True)
class Control:
    """A widget on the page. value: what the browser would send for it now; neighbours: what one move makes of it."""

    id: str
    kind: str
    label: str
    value: Wire
    neighbours: tuple[Wire, ...] = ()

    @property
    def is_choice(self) -> bool:
        """Whether it is moved from value to value, as a slider or a list is; a button is pressed, a file is chosen."""
        return self.kind in ("slider", "selectbox", "multiselect", "checkbox", "button_group")


@dataclass
class _Node:
    content: Delta
    run: str


class Screen:
    """The elements of a page by their place, as the runs of its script left them."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, ...], _Node] = {}
        self._run = ""

    def begin(self, message: ForwardMsg) -> None:
        """A run of the script begins: what comes from now on is drawn by it."""
        self._run = message.metadata.run.script_run_id

    def put(self, message: ForwardMsg) -> None:
        """Take in one delta. What stood at its place goes, with all in it unless a container follows a container."""
        place, delta = tuple(message.metadata.delta_path), message.delta
        if delta.WhichOneof("type") == "new_transient":  # a spinner over what stays
            return
        before = self._nodes.get(place)
        if before is not None and before.content.HasField("add_block") and not delta.HasField("add_block"):
            for inner in [other for other in self._nodes if other[: len(place)] == place]:
                del self._nodes[inner]
        self._nodes[place] = _Node(delta, self._run)

    def prune(self, message: ForwardMsg) -> None:
        """At the end of a run: forget what it has not drawn again. A fragment's run answers for its own part alone."""
        run = message.metadata.run
        for place, node in list(self._nodes.items()):
            mine = not run.fragment_ids or node.content.fragment_id in run.fragment_ids
            if mine and node.run != run.script_run_id:
                del self._nodes[place]

    def elements(self) -> Iterator[tuple[str, Any]]:
        """Kind and content of every element, in reading order."""
        for _, node in sorted(self._nodes.items()):
            if node.content.HasField("new_element"):
                element = node.content.new_element
                kind = element.WhichOneof("type")
                if kind is not None:
                    yield kind, getattr(element, kind)

    @property
    def texts(self) -> list[str]:
        """What is written in Markdown, titles and captions included."""
        return [element.body for kind, element in self.elements() if kind == "markdown"]

    @property
    def faults(self) -> list[str]:
        """Exceptions on the page, in words."""
        return [fault for kind, element in self.elements() if (fault := _fault(kind, element))]

    @property
    def errors(self) -> list[str]:
        """The sentences in red."""
        return [e.body for kind, e in self.elements() if kind == "alert" and e.format == Alert.ERROR]

    @property
    def blank(self) -> bool:
        """Whether a title is missing, or anything beside it: a picture, or a sentence that says why there is none."""
        kinds = {kind for kind, _ in self.elements()}
        titled = any(text.startswith("# ") for text in self.texts)
        return not titled or not kinds & {*PICTURES, "alert", "dataframe"}

    @property
    def controls(self) -> list[Control]:
        """The widgets that a person could use now, in reading order."""
        return [CONTROLS[kind](e) for kind, e in self.elements() if kind in CONTROLS and _live(e)]


PICTURES = ("bidi_component", "plotly_chart", "imgs")


def is_picture(message: ForwardMsg) -> bool:
    """Whether a message brings a picture's data: the player's bytes, a chart, images."""
    delta = message.delta
    in_main = not message.metadata.delta_path or message.metadata.delta_path[0] == RootContainer.MAIN
    return in_main and delta.HasField("new_element") and delta.new_element.WhichOneof("type") in PICTURES


def fault_of(message: ForwardMsg) -> str:
    """The exception that a delta brings, in words; empty if it brings none."""
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    return _fault(kind, getattr(element, kind)) if kind else ""


def error_of(message: ForwardMsg) -> str:
    """The sentence in red that a delta brings; empty if it brings none."""
    alert = message.delta.new_element.alert
    return alert.body if alert.format == Alert.ERROR else ""


def _fault(kind: str, element: Any) -> str:
    return f"{element.type}: {element.message}" if kind == "exception" else ""


def _live(element: Any) -> bool:
    return bool(element.id) and not getattr(element, "disabled", False)


def _moved(options: list[str], at: str) -> tuple[str, ...]:
    """The options before and after the one at hand."""
    i = options.index(at) if at in options else 0
    return tuple(options[k] for k in (i - 1, i + 1) if 0 <= k < len(options))


def _slider(element: Any) -> Control:
    if element.options:  # one of named places
        options = list(element.options)
        at = element.raw_value[0] if element.set_value and element.raw_value else options[int(element.default[0])]
        moves = tuple(("string_array_value", [text]) for text in _moved(options, at))
        return Control(element.id, "slider", element.label, ("string_array_value", [at]), moves)
    now = (element.value if element.set_value else element.default)[0]
    near = [value for value in (now - element.step, now + element.step) if element.min <= value <= element.max]
    moves = tuple(("double_array_value", [value]) for value in near)
    return Control(element.id, "slider", element.label, ("double_array_value", [now]), moves)


def _selectbox(element: Any) -> Control:
    options = list(element.options)
    at = element.raw_value if element.set_value else options[element.default]
    moves = tuple(("string_value", text) for text in _moved(options, at))
    return Control(element.id, "selectbox", element.label, ("string_value", at), moves)


def _multiselect(element: Any) -> Control:
    options = list(element.options)
    now = list(element.raw_values) if element.set_value else [options[i] for i in element.default]
    fewer = [now[:-1]] if len(now) > 1 else []
    more = [[*now, text] for text in options if text not in now][:1]
    room = not element.max_selections or len(now) < element.max_selections
    moves = tuple(("string_array_value", some) for some in fewer + (more if room else []))
    return Control(element.id, "multiselect", element.label, ("string_array_value", now), moves)


def _button_group(element: Any) -> Control:
    options = [option.content for option in element.options]
    now = list(element.raw_values) if element.set_value else [options[i] for i in element.default]
    moves = tuple(("string_array_value", [text]) for text in options if text not in now)
    return Control(element.id, "button_group", element.label, ("string_array_value", now), moves)


def _checkbox(element: Any) -> Control:
    now = element.value if element.set_value else element.default
    return Control(element.id, "checkbox", element.label, ("bool_value", now), (("bool_value", not now),))


def _button(element: Any) -> Control:
    return Control(element.id, "button", element.label, ("trigger_value", False), (("trigger_value", True),))


def _component(element: Any) -> Control:
    return Control(element.id, "bidi_component", element.component_name, ("json_value", "{}"))


def _chart(element: Any) -> Control:
    return Control(element.id, "plotly_chart", element.alt, ("string_value", "{}"))


def _uploader(element: Any) -> Control:
    return Control(element.id, "file_uploader", element.label, ("file_uploader_state_value", None))


CONTROLS: dict[str, Callable[[Any], Control]] = {
    "slider": _slider,
    "selectbox": _selectbox,
    "multiselect": _multiselect,
    "button_group": _button_group,
    "checkbox": _checkbox,
    "button": _button,
    "bidi_component": _component,
    "plotly_chart": _chart,
    "file_uploader": _uploader,
}
