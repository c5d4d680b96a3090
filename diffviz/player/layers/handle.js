// The handle's layer: where it leads, if anywhere. The handle itself is a button over the canvas.

// Between the four nodes around a place, and between two frames.
function leadFrom(layer, view, [x, y], { i, j, f }) {
  const [rows, columns] = layer.size;
  const [x0, x1, y0, y1] = layer.extent;
  const c = ((x - x0) / (x1 - x0)) * (columns - 1);
  const r = ((y - y0) / (y1 - y0)) * (rows - 1);
  const [left, low] = [Math.min(columns - 2, Math.floor(c)), Math.min(rows - 2, Math.floor(r))];
  const at = (row, column, k) => {
    const node = 2 * (row * columns + column) + k;
    const frame = 2 * rows * columns;
    return lerp(layer.leads[i * frame + node], layer.leads[j * frame + node], f);
  };
  const [across, up] = [c - left, r - low];
  return [0, 1].map((k) => {
    const below = lerp(at(low, left, k), at(low, left + 1, k), across);
    const above = lerp(at(low + 1, left, k), at(low + 1, left + 1, k), across);
    const [center, unit] = k ? [view.cy, layer.unit[1]] : [view.cx, layer.unit[0]];
    return center + unit * lerp(below, above, up);
  });
}

function drawHandle(ctx, layer, view, moment, theme) {
  if (!layer.leads) return;
  const from = handleAt(layer, moment);
  drawLead(ctx, view, from, leadFrom(layer, view, from, within(layer, moment)), theme.color(layer.color), theme.color("paper"));
}

const handleInWords = (layer, pane, moment) => `a handle at ${spelled(handleAt(layer, moment))}`;

registerLayer("handle", { draw: drawHandle, words: handleInWords });
