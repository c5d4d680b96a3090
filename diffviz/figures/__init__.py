"""Charts that stand still: a result becomes a `Chart`, which is drawn on the page or printed.

`page` draws with Plotly and `paper` with matplotlib; neither is imported here, so that only what draws loads them.
"""

from diffviz.figures.chart import Axis, Chart, Heat, Rule, Series

__all__ = ["Axis", "Chart", "Heat", "Rule", "Series"]
