"""The command line: `diffviz app`, `train`, `distill`, `sample`, `compare`, `sweep`, `export`, `migrate`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from diffviz.config import ConfigError, Range

INTERRUPTED = 130  # as a shell counts, and as typer answers a KeyboardInterrupt
PORT = Range(1, 65535, label="port")
EXAMPLES = {
    "app": "diffviz app --port 8600 --no-browser",
    "train": "diffviz train swiss-roll roll.safetensors --set steps=2000 --seed 1",
    "distill": "diffviz distill progressive swiss-roll student.safetensors --seed 1",
    "sample": "diffviz sample dpmpp-2m ring.csv --data ring --nfe 20",
    "compare": "diffviz compare ddpm ddim:eta=0.5 dpmpp-2m --data ring --nfe 10",
    "sweep": "diffviz sweep ddim dpmpp-2m --data ring --score exact --budgets 5,10,20",
    "export": "diffviz export race race.html --set problem.dataset=ring",
    "migrate": "diffviz migrate old.safetensors",
}

app = typer.Typer(
    help="A lab for score-based diffusion models.",
    add_completion=False,
    suggest_commands=False,  # what is wrong is told in one sentence
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _example(name: str) -> str:
    return f"Example: {EXAMPLES[name]}"


Samplers = Annotated[
    list[str],
    typer.Argument(help="Samplers by name, as in ddim:eta=0.5; students by method, where one ships for the data."),
]
Data = Annotated[str, typer.Option(help="A data set in the plane, such as ring or swiss-roll:noise=0.1.")]
Score = Annotated[str, typer.Option(help="What samplers ask: learned or exact.")]
GridName = Annotated[str, typer.Option("--grid", help="Where samplers look, such as logsnr or karras:rho=5.")]
MetricName = Annotated[str, typer.Option("--metric", help="The distance to the data, such as sliced-w2.")]
# Numbers are read where they are used, so that a bad one is told in the sentence of the configuration it fills.
Nfe = Annotated[str, typer.Option(metavar="N", help="Network calls that each sampler may spend.")]
Seed = Annotated[str, typer.Option(metavar="N", help="Of the noise that all samplers share, 0 to 99.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command("app", epilog=_example("app"))
def _app(
    port: Annotated[str, typer.Option(help="Where it listens.")] = "8501",
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Of this machine, where it listens; 0.0.0.0 opens it to the network.")
    ] = "127.0.0.1",
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Another host name it answers to, as behind a proxy.")
    ] = None,
    framers: Annotated[
        list[str] | None,
        typer.Option("--embed-in", metavar="ORIGIN", help="A site that may frame it, such as https://slides.org."),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser window.")] = False,
) -> None:
    """Open the lab in a browser."""
    number = PORT.parse("port", port, int)
    from diffviz.ui.serve import serve  # brings streamlit, which no other command needs

    has_screen = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    open_window = has_screen and not no_browser
    serve(number, host=host, names=names or (), framers=framers or (), browser=open_window)


@app.command("train", epilog=_example("train"))
def _train(
    context: typer.Context,
    data: Annotated[str, typer.Argument(help="What it learns: a data set of the lab, such as swiss-roll or mnist.")],
    path: Annotated[Path, typer.Argument(help="Where to write it (.safetensors).")],
    classify: Annotated[bool, typer.Option("--classify", help="Learn to tell the labels, not the score.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, named as on the card.")
    ] = None,
    start: Annotated[Path | None, typer.Option(help="A checkpoint of the same network to go on from.")] = None,
    teacher: Annotated[Path | None, typer.Option(help="A checkpoint whose answers are learned, as of labels.")] = None,
    weaker: Annotated[Path | None, typer.Option(help="One worse than the teacher, to be led away from.")] = None,
    guidance: Annotated[str, typer.Option(help="How far: the weight of their difference (autoguidance).")] = "0",
    half: Annotated[bool, typer.Option("--half", help="Keep the weights in half precision.")] = False,
    points: Annotated[str, typer.Option(help="Points drawn from a data set in the plane.")] = "8000",
    seed: Annotated[str, typer.Option(help="Of points, weights and batches.")] = "0",
    threads: Annotated[str, typer.Option(help="Threads of one matrix product.")] = "1",
    keep: Annotated[str, typer.Option(metavar="N,N", help="Steps after which a copy is kept.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a network and write it, with its card."""
    from diffviz.commands.train import TrainOptions, train_command  # brings torch

    train_command(
        TrainOptions(
            data,
            path,
            classify,
            tuple(settings or ()),
            start,
            teacher,
            weaker,
            guidance,
            half,
            points,
            seed,
            threads,
            keep,
            resume,
            as_json,
            command=context.obj,
        )
    )


@app.command("distill", epilog=_example("distill"))
def _distill(
    context: typer.Context,
    method: Annotated[str, typer.Argument(help="How to need few calls, with settings after a colon.")],
    data: Annotated[str, typer.Argument(help="What the network has learned: swiss-roll, mnist, ...")],
    path: Annotated[Path, typer.Argument(help="Where to write the student (.safetensors).")],
    teacher: Annotated[Path | None, typer.Option(help="A checkpoint to learn from; else the one that ships.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, named as on the card.")
    ] = None,
    points: Annotated[str, typer.Option(help="Points drawn from a data set in the plane.")] = "8000",
    seed: Annotated[str, typer.Option(help="Of points, weights and batches.")] = "0",
    half: Annotated[bool, typer.Option("--half", help="Keep the weights in half precision.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Teach a student to need few calls and write it, with its card."""
    from diffviz.commands.distill import DistillOptions, distill_command  # brings torch

    distill_command(
        DistillOptions(
            method,
            data,
            path,
            teacher,
            tuple(settings or ()),
            points,
            seed,
            half,
            resume,
            as_json,
            command=context.obj,
        )
    )


@app.command("sample", epilog=_example("sample"))
def _sample(
    sampler: Annotated[str, typer.Argument(help="A sampler by name, with parameters after a colon.")],
    path: Annotated[Path, typer.Argument(help="Where to write the points (.csv or .npz).")],
    data: Data = "swiss-roll",
    score: Score = "learned",
    grid: GridName = "logsnr",
    nfe: Nfe = "20",
    count: Annotated[str, typer.Option(metavar="N", help="How many points.")] = "1000",
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """Draw points and write them."""
    from diffviz.commands.sample import sample_command

    sample_command(sampler, path, data, score, grid, nfe, count, seed, as_json)


@app.command("compare", epilog=_example("compare"))
def _compare(
    samplers: Samplers,
    data: Data = "swiss-roll",
    score: Score = "learned",
    grid: GridName = "logsnr",
    metric: MetricName = "sliced-w2",
    nfe: Nfe = "10",
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """Rank samplers at equal cost by their distance from the data."""
    from diffviz.commands.compare import compare_command

    compare_command(samplers, data, score, grid, metric, nfe, seed, as_json)


@app.command("sweep", epilog=_example("sweep"))
def _sweep(
    samplers: Samplers,
    data: Data = "swiss-roll",
    score: Score = "learned",
    grid: GridName = "logsnr",
    metric: MetricName = "sliced-w2",
    budgets: Annotated[str, typer.Option(metavar="N,N", help="Network calls that are measured.")] = "5,10,20,50",
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """Measure quality against cost over several budgets."""
    from diffviz.commands.sweep import sweep_command

    sweep_command(samplers, data, score, grid, metric, budgets, seed, as_json)


@app.command("export", epilog=_example("export"))
def _export(
    name: Annotated[str, typer.Argument(help="An experiment, such as race, order or forward.")],
    path: Annotated[Path, typer.Argument(help="A scene as .html, .gif or .png; a chart as .pdf, .svg, .png or .csv.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the experiment, such as problem.seed=3."),
    ] = None,
    chart: Annotated[bool, typer.Option("--chart", help="PNG of the chart where there is a scene too.")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="A chart as wide as a page, not as a column.")] = False,
    at: Annotated[str, typer.Option(metavar="X", help="Where the clock stands in a PNG of a scene, 0 to 1.")] = "1",
    as_json: AsJson = False,
) -> None:
    """Run an experiment and write its picture."""
    from diffviz.commands.export import export_command

    export_command(name, path, tuple(settings or ()), chart, wide, at, as_json)


@app.command("migrate", epilog=_example("migrate"))
def _migrate(
    paths: Annotated[list[Path], typer.Argument(help="Checkpoints of an earlier version (.safetensors).")],
) -> None:
    """Rewrite checkpoints of earlier versions for this one."""
    from diffviz.commands.migrate import migrate_command

    migrate_command(paths)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input is told in one sentence, with exit status 2."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        status = app(
            list(words) or ["--help"], standalone_mode=False, prog_name="diffviz", obj=shlex.join(["diffviz", *words])
        )
    except (ConfigError, TyperException) as error:
        sentence = error.format_message() if isinstance(error, TyperException) else str(error)
        print(f"diffviz: {sentence.removesuffix('.')}.", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    if status == INTERRUPTED:
        print("diffviz: interrupted.", file=sys.stderr)
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    sys.exit(main())
