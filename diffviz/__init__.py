"""diffviz: score-based diffusion through SDEs, as a library and a lab.

Everything that a notebook wants is here, and is loaded when it is first used::

    from diffviz import DDIM, Lane, Pane, Points, RaceConfig, Scene, SwissRoll, UniformLogSNR, WhiteNoise
    from diffviz import prior, run_race, sample, save, train

    model = train(SwissRoll(), seed=0).model  # a small network, three seconds of one core
    noise = WhiteNoise(seed=0, shape=(1000, 2))
    times = UniformLogSNR().times(model.schedule, 30)
    run = sample(DDIM(), model, prior(model.schedule, noise), times, noise)
    print(run.nfe, run.final.shape)  # counted network calls, and 1,000 points in normalised units
    save(Scene([Pane([Points(run.x.numpy())])]), "roll.html")  # plays offline, in any browser

    race = run_race(RaceConfig(lanes=(Lane(DDIM(), steps=10), Lane(DDIM(eta=1.0), steps=10))))
    race  # the last line of a cell shows the race itself, playing

`diffviz app` opens the lab in a browser, where every view gives away a script that makes what it shows. DATASETS,
SCHEDULES, SAMPLERS, GRIDS and METRICS list what there is.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
