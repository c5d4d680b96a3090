// The kinds of layers. Each file of layers/ registers how its kind is drawn, under the name that its Python class gives.

const LAYERS = new Map();

// draw(ctx, layer, view, moment, theme) paints a layer. hover(layer, [x, y] or null) takes the place of the pointer on
// the canvas, and answers whether the picture changes with it. words(layer, pane, moment) says in a few words what is
// seen, for those who cannot.
function registerLayer(kind, { draw, hover = () => false, words = () => "" }) {
  LAYERS.set(kind, { draw, hover, words });
}
