"""What is chosen, explained where it is chosen: its formula and its paper."""

from __future__ import annotations

from diffviz.config import Choice, Kind


def explained(kind: Kind) -> str:
    """Markdown: title, formula and paper, a line each. The formula is set in the line, so that a narrow one breaks."""
    return f"**{kind.title}**  \n$\\displaystyle {kind.latex}$  \n{kind.paper}"


def note(domain: Choice, *chosen: object) -> str | None:
    """The help of a choice with what is chosen explained under it; None where there is nothing to say."""
    kinds = [kind for slug, kind in domain.kinds.items() if slug in chosen]
    return "\n\n".join(filter(None, [domain.help, *map(explained, kinds)])) or None
