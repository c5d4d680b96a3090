// The one clock of a player: a position in [0, 1], and whether, how fast and how often it runs.

const REST = 1.1; // seconds to look at the last frame before a loop starts over

class Clock {
  constructor() {
    this.position = 0;
    this.playing = false;
    this.speed = 1;
    this.loop = true;
    this.rested = 0;
  }

  advance(elapsed, seconds) {
    if (!this.playing) return;
    if (this.position >= 1) {
      this.rested += elapsed;
      if (this.rested >= REST) this.seek(0);
      return;
    }
    this.position = Math.min(1, this.position + (elapsed * this.speed) / seconds);
    this.rested = 0;
    if (this.position >= 1 && !this.loop) this.playing = false;
  }

  seek(position) {
    this.position = Math.min(1, Math.max(0, position));
    this.rested = 0;
  }

  toggle() {
    this.playing = !this.playing;
    if (this.playing && this.position >= 1) this.seek(0);
  }

  step(stops, direction) {
    this.playing = false;
    const beyond = stops.filter((s) => (direction > 0 ? s > this.position + 1e-5 : s < this.position - 1e-5));
    if (beyond.length) this.seek(direction > 0 ? beyond[0] : beyond[beyond.length - 1]);
  }
}

// The number shown for a position, interpolated in the scene's list, or that of the last frame reached if it holds.
function reading({ values, holds }, position) {
  const x = position * (values.length - 1);
  if (holds) return values[Math.floor((position + 1e-6) * (values.length - 1))];
  const i = Math.min(values.length - 2, Math.floor(x));
  return values[i] + (x - i) * (values[i + 1] - values[i]);
}

function decimals({ values, holds }) {
  if (holds && values.every(Number.isInteger)) return 0;
  const span = Math.max(...values) - Math.min(...values);
  return span > 100 ? 0 : span > 10 ? 1 : 2;
}

// A true minus sign, which is as wide as a digit in tabular figures; no minus before a zero; commas between thousands.
function figure(value, places) {
  const [whole, ...part] = value.toFixed(places).split(".");
  const text = [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...part].join(".");
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}
