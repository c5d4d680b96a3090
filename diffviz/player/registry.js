// The kinds of layers. Each file of layers/ registers how its kind is drawn, under the name that its Python class gives.

const LAYERS = new Map();

// draw(ctx, layer, view, moment, theme) paints a layer. hover(layer, [x, y] or null) takes the place of the pointer on
// the canvas, and answers whether the picture changes with it. rows(layer, pane, moment), where a layer has numbers to
// take along, gives lists of series, index, x, y, low and high; `still` says that they do not move with the clock.
// words(layer, pane, moment) says in a few words what is seen, for those who cannot.
function registerLayer(kind, { draw, hover = () => false, rows = null, still = false, words = () => "" }) {
  LAYERS.set(kind, { draw, hover, rows, still, words });
}

// A moment of a pane on a canvas. shows(layer): whether it is drawn.
function paintPane(canvas, pane, view, moment, theme, followed, shows) {
  const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const ctx = canvas.getContext("2d");
  ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
  ctx.clearRect(0, 0, view.width, view.height);
  for (const layer of pane.layers) if (shows(layer)) LAYERS.get(layer.kind).draw(ctx, layer, view, moment, theme);
  drawFollowed(ctx, pane, view, moment, theme, followed);
}
