// The axes of a chart: their ranges, ticks and numbers.

const CLOSE = 0.12; // of an axis

// Least and greatest finite value of some arrays, or the `fixed` bounds; never a range of width zero.
function rangeOf(arrays, log, fixed) {
  if (fixed) return fixed;
  let [low, high] = [Infinity, -Infinity];
  for (const values of arrays) {
    for (const v of values) {
      if (!Number.isFinite(v) || (log && v <= 0)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (low === high) return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  return [low, high];
}

// Round numbers inside [low, high], about `wanted` of them; powers of ten on a logarithmic axis.
function ticksOf(low, high, wanted, log) {
  if (log) {
    const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    if (high / low > 5 && (to - from < 2 || wanted >= 3 * Math.log10(high / low))) return roundWithin(low, high, log, 1);
    if (to - from >= 1) {
      const every = Math.ceil((to - from + 1) / wanted);
      return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, k) => 10 ** (from + k * every));
    }
  }
  const ticks = roundWithin(low, high, false, stepOf(low, high, wanted));
  return log ? ticks.filter((v) => v > 0) : ticks;
}

function stepOf(low, high, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
}

// Multiples of a step in [low, high]; on a logarithmic axis 1, 2 and 5 times the powers of ten.
function roundWithin(low, high, log, step) {
  if (log) {
    const [from, to] = [low, high].map((v) => Math.floor(Math.log10(v)));
    const powers = Array.from({ length: to - from + 1 }, (_, k) => from + k);
    return powers.flatMap((p) => [1, 2, 5].map((m) => m * 10 ** p)).filter((v) => v >= low * 0.999 && v <= high * 1.001);
  }
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, k) => (first + k) * step);
}

// An axis with a tick near each end. A range that is free grows to the next round number where that is near; an end that
// is still far from a tick gets one of its own, at the last half or fifth of a step inside. `room`: the share of
// the axis that a number needs.
function axisOf([low, high], log, wanted, room, free) {
  const place = (v) => (log ? Math.log(v) : v);
  const near = (a, b, share) => Math.abs(place(a) - place(b)) < share * (place(high) - place(low));
  const step = stepOf(low, high, wanted);
  if (free) {
    const [under, over] = log
      ? [roundWithin(low / 10, low, true).at(-1), roundWithin(high, 10 * high, true)[0]]
      : [step * Math.floor(low / step + 1e-9), step * Math.ceil(high / step - 1e-9)];
    [low, high] = [near(under, low, CLOSE) ? under : low, near(over, high, CLOSE) ? over : high];
  }
  const ticks = ticksOf(low, high, wanted, log);
  for (const [end, place] of [[low, 0], [high, -1]]) {
    const halves = roundWithin(low, high, log, step / 2).at(place);
    const last = near(halves ?? Infinity, end, CLOSE) ? halves : roundWithin(low, high, log, step / 5).at(place);
    if (last !== undefined && !ticks.some((v) => near(v, last, Math.max(room, CLOSE)))) ticks.push(last);
  }
  return { low, high, ticks: log ? spaced(ticks, (a, b) => near(a, b, room)) : ticks };
}

// Of the ticks of a logarithmic axis those whose numbers do not touch: powers of ten before halves and fifths.
function spaced(ticks, touch) {
  const power = (v) => (Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6 ? 0 : 1);
  const kept = [];
  for (const v of [...ticks].sort((a, b) => power(a) - power(b))) if (!kept.some((k) => touch(k, v))) kept.push(v);
  return kept;
}

function tickText(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e4 || size < 1e-3)) {
    const power = Math.floor(Math.log10(size) + 1e-9);
    const lead = Number((value / 10 ** power).toPrecision(3));
    const raised = [...String(power)].map((c) => (c === "-" ? "\u207b" : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[c])).join("");
    return lead === 1 ? `10${raised}` : `${lead}\u00b710${raised}`;
  }
  return String(Number(value.toPrecision(6))).replace("-", "\u2212");
}

// Linear interpolation of a line at x; NaN outside.
function valueAt(xs, ys, x) {
  for (let k = 1; k < xs.length; k++) {
    const [a, b] = [xs[k - 1], xs[k]];
    if (a !== b && (x - a) * (x - b) <= 0) return lerp(ys[k - 1], ys[k], (x - a) / (b - a));
  }
  return NaN;
}
