// The kinds of layers. Each file of layers/ registers how its kind is drawn, under the name that its Python class gives.

const LAYERS = new Map();

// draw(ctx, layer, view, moment, theme) paints a layer. hover(layer, [x, y] or null) takes the place of the pointer on
// the canvas, and answers whether the picture changes with it.
function registerLayer(kind, { draw, hover = () => false }) {
  LAYERS.set(kind, { draw, hover });
}
