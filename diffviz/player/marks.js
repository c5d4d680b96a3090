// Marks: shapes that tell particles and lines apart without colour too.

// Circle, diamond, square, triangle, as the current path.
function traceMark(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === 0) ctx.arc(x, y, r, 0, 7);
  else {
    const corners = shape === 3 ? 3 : 4;
    const turn = shape === 2 ? Math.PI / 4 : -Math.PI / 2;
    for (let k = 0; k < corners; k++) {
      const angle = turn + (2 * Math.PI * k) / corners;
      ctx.lineTo(x + 1.25 * r * Math.cos(angle), y + 1.25 * r * Math.sin(angle));
    }
    ctx.closePath();
  }
}

function drawMarker(ctx, k, x, y, color) {
  traceMark(ctx, k % MARKS, x, y, 3.4);
  ctx.fillStyle = color;
  ctx.fill();
}
