// Marks: shapes that tell particles and lines apart without colour too.

// Diamond, square, triangle, inverted triangle, cross, pentagon, star, hexagon: corners, in right angles where the first
// one stands, and how far the notches between two corners are from the middle, if there are any.
const SHAPES = [[4, -1], [4, 0.5], [3, -1], [3, 1], [4, 0.5, 0.4], [5, -1], [5, -1, 0.45], [6, -1]];

// A circle for 0, else a shape, as the current path.
function traceMark(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === 0) return ctx.arc(x, y, r, 0, 7);
  const [corners, turn, notch] = SHAPES[shape - 1];
  const places = notch ? 2 * corners : corners;
  for (let k = 0; k < places; k++) {
    const angle = (turn * Math.PI) / 2 + (2 * Math.PI * k) / places;
    const far = 1.25 * r * (k % 2 && notch ? notch : 1);
    ctx.lineTo(x + far * Math.cos(angle), y + far * Math.sin(angle));
  }
  ctx.closePath();
}

function drawMarker(ctx, k, x, y, color) {
  traceMark(ctx, k % (SHAPES.length + 1), x, y, 3.4);
  ctx.fillStyle = color;
  ctx.fill();
}
