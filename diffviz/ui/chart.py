"""Charts that stand still on a page, and their files. What draws them is loaded only where there is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from diffviz.figures.chart import Chart
from diffviz.ui import code as script
from diffviz.ui import share

if TYPE_CHECKING:
    from diffviz.figures.paper import Format, Width

WIDTHS: dict[Width, str] = {"column": "Column, 3.25 in", "page": "Page, 6.75 in"}
MIME: dict[Format, str] = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}
TOUCHED = re.compile("Mobi|Android|iPad")  # browsers of screens that are touched
BUTTONS = ["select2d", "lasso2d", "autoScale2d", "toImage"]  # those of Plotly that only confuse, or that we have better


def show(
    chart: Chart,
    key: str,
    *,
    on_select: Callable[[int, int], None] | None = None,
    selected: tuple[int, int] | None = None,
    code: str | None = None,
) -> None:
    """Draw a chart in the page's theme, and under it its caption and, where asked for, its files.

    on_select: called with the row and the column of a cell that was clicked, before the page is run again; not on a
    phone, where Plotly would take every drag across the cells from the page. selected: the cell that is framed. code:
    Python that makes this chart, to take along.
    """
    from diffviz.figures import page

    if chart.title:
        st.markdown(f"**{chart.title}**")
    phone = bool(TOUCHED.search(st.context.headers.get("User-Agent", "")))  # where a drag must go on scrolling the page
    figure = page.figure(chart, "dark" if st.context.theme.type == "dark" else "light", selected)
    figure.update_layout(dragmode=False if phone else "zoom")
    st.plotly_chart(
        figure,
        key=key,
        theme=None,
        config={"displayModeBar": not phone and chart.heat is None and "hover", "modeBarButtonsToRemove": BUTTONS},
        on_select="ignore"
        if on_select is None or phone or chart.heat is None
        else partial(_select, key, chart.heat.values.shape, on_select),
        selection_mode="points",
        alt=_alternative(chart),
    )
    with st.container(horizontal=True, vertical_alignment="center", key=f"foot-{key}"):
        st.caption(chart.caption)
        with st.popover("Share", type="tertiary", width="content"):
            share.link(f"{key}:link")
            _offer(chart, key)
            if code is not None:
                script.show(code, key)


def _select(key: str, shape: tuple[int, ...], on_select: Callable[[int, int], None]) -> None:
    cell = _clicked(st.session_state.get(key), shape)
    if cell is not None:
        on_select(*cell)


def _clicked(selected: Any, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """The cell that the browser says was clicked, if it is one of those there are."""
    try:
        row, column = selected["selection"]["points"][0]["customdata"]
        known = row in range(shape[0]) and column in range(shape[1])
    except (LookupError, TypeError, ValueError):
        return None
    return (int(row), int(column)) if known else None


def _alternative(chart: Chart) -> str:
    """What a screen reader says."""
    lines = ", ".join(s.label for s in chart.series)
    axes = " over ".join(filter(None, [chart.y.label, chart.x.label]))
    return ": ".join(filter(None, [chart.title, axes, lines]))


def _offer(chart: Chart, key: str) -> None:
    """Buttons that make a file when they are pressed."""
    name = re.sub(r"\W+", "-", chart.title.lower()).strip("-") or "chart"
    st.download_button(
        "CSV", partial(_csv, chart), f"{name}.csv", "text/csv", key=f"{key}:csv", on_click="ignore", width="stretch"
    )
    width: Width = st.segmented_control(
        "Width in print",
        list(WIDTHS),
        default="column",
        required=True,
        format_func=lambda w: WIDTHS[w],
        key=f"{key}:width",
    )
    with st.container(horizontal=True):
        for format, mime in MIME.items():
            st.download_button(
                format.upper(),
                partial(_print, chart, format, width),
                f"{name}.{format}",
                mime,
                key=f"{key}:{format}",
                on_click="ignore",
                width="stretch",
            )


def _csv(chart: Chart) -> bytes:
    return chart.csv().encode()


def _print(chart: Chart, format: Format, width: Width) -> bytes:
    from diffviz.figures import paper

    return paper.render(chart, format, width)
