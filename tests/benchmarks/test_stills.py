"""A still ships for every view that a page opens with, in both themes."""

from benchmarks.stills import VIEWS
from diffviz.locations import ASSETS
from diffviz.ui.digits import guidance, inverse, latents, learn, sample, table
from diffviz.ui.likelihood import bounds, density, log_density
from diffviz.ui.race import anatomy, both_ways, order, quality, race, sde_ode, steps
from diffviz.ui.score import field, langevin, memory, pull, reverse_step
from diffviz.ui.train import learn as one_network
from diffviz.ui.train import objectives
from diffviz.ui.train import steps as gradient_steps

TABBED = {
    "score": (field, reverse_step, langevin, pull, memory),
    "train": (one_network, objectives, gradient_steps),
    "race": (race, quality, order, anatomy, sde_ode, steps, both_ways),
    "likelihood": (density, log_density, bounds),
    "digits": (sample, learn, table, guidance, latents, inverse),
}


def test_every_view_is_taken() -> None:
    for page, (_, *rest) in TABBED.items():  # a page opens with its first view, which its link need not name
        assert VIEWS[page] == ("", *(module.VIEW.slug for module in rest))


def test_every_view_has_its_still_in_both_themes() -> None:
    names = {"-".join(filter(None, [page, view])) for page, views in VIEWS.items() for view in views}
    wanted = {f"{name}-{theme}.webp" for name in names for theme in ("light", "dark")}
    assert {path.name for path in (ASSETS / "stills").iterdir()} == wanted
