// GIF 89a: pictures of one palette, one after another, compressed by Lempel, Ziv and Welch's method. Of each picture only
// the box that has changed is stored, and in it what is as before is transparent.

const CLEAR = 256;
const END = 257;
const CODES = 4096; // the most that twelve bits name
const SAME = 255; // the index of transparent

// Bytes that grow.
class Bytes {
  constructor() {
    this.room = new Uint8Array(1 << 16);
    this.length = 0;
  }

  push(...values) {
    for (const value of values) {
      if (this.length === this.room.length) {
        const larger = new Uint8Array(2 * this.length);
        larger.set(this.room);
        this.room = larger;
      }
      this.room[this.length++] = value;
    }
  }

  short(value) {
    this.push(value & 255, value >> 8);
  }

  text(letters) {
    this.push(...[...letters].map((letter) => letter.charCodeAt(0)));
  }

  get whole() {
    return this.room.subarray(0, this.length);
  }
}

// Indices as codes of 9 to 12 bits. `next[256 * code + index]` is the code of the string of `code` and one index more.
function compress(indices, next) {
  const out = new Bytes();
  let [bits, free, hold, held] = [9, END + 1, 0, 0];
  const emit = (code) => {
    hold |= code << held;
    for (held += bits; held >= 8; held -= 8) {
      out.push(hold & 255);
      hold >>>= 8;
    }
  };
  next.fill(0);
  emit(CLEAR);
  let code = indices[0];
  for (let k = 1; k < indices.length; k++) {
    const place = 256 * code + indices[k];
    if (next[place]) {
      code = next[place];
      continue;
    }
    emit(code);
    if (free === CODES) {
      emit(CLEAR);
      next.fill(0);
      [bits, free] = [9, END + 1];
    } else {
      if (free >= 1 << bits) bits += 1;
      next[place] = free++;
    }
    code = indices[k];
  }
  emit(code);
  emit(END);
  if (held) out.push(hold & 255);
  return out.whole;
}

// Colours are whole numbers, as a pixel of ImageData reads: red + 256 green + 65,536 blue.
const channels = (color) => [color & 255, (color >> 8) & 255, (color >> 16) & 255];

// Boxes of colours, the one whose colours differ most from their mean cut there, until there are enough (Wu 1991). A box
// stands for the colour that most of it has, if there is one, so that paper stays paper; else for its mean.
function paletteOf(counts, most) {
  const boxes = [boxOf([...counts].map(([color, count]) => ({ color, count, at: channels(color) })))];
  while (boxes.length < most) {
    const widest = boxes.reduce((a, b) => (b.error > a.error ? b : a));
    if (widest.error === 0) break;
    const { entries, mean, along } = widest;
    const parts = [entries.filter(({ at }) => at[along] <= mean[along]), entries.filter(({ at }) => at[along] > mean[along])];
    boxes.splice(boxes.indexOf(widest), 1, ...parts.map(boxOf));
  }
  return boxes.map(({ entries, mean, total }) => {
    const first = entries.reduce((a, b) => (b.count > a.count ? b : a));
    return first.count > total / 2 ? first.at : mean.map(Math.round);
  });
}

function boxOf(entries) {
  let total = 0;
  const [sums, squares] = [[0, 0, 0], [0, 0, 0]];
  for (const { count, at } of entries) {
    total += count;
    at.forEach((value, k) => {
      sums[k] += count * value;
      squares[k] += count * value * value;
    });
  }
  const mean = sums.map((sum) => sum / total);
  const errors = entries.length > 1 ? squares.map((square, k) => square - total * mean[k] ** 2) : [0, 0, 0];
  const error = Math.max(...errors);
  return { entries, total, mean, error, along: errors.indexOf(error) };
}

class Gif {
  // counts: how often each colour is seen in what is to come, or in a part of it.
  constructor(width, height, counts) {
    Object.assign(this, { width, height });
    this.palette = paletteOf(counts, SAME);
    this.known = new Map();
    this.next = new Uint16Array(256 * CODES);
    this.last = null;
    const out = (this.out = new Bytes());
    out.text("GIF89a");
    out.short(width);
    out.short(height);
    out.push(0xf7, 0, 0); // one palette of 256 colours for all pictures
    for (let k = 0; k < 256; k++) out.push(...(this.palette[k] ?? [0, 0, 0]));
    out.push(0x21, 0xff, 11);
    out.text("NETSCAPE2.0");
    out.push(3, 1, 0, 0, 0); // over and over
  }

  nearest(color) {
    if (!this.known.has(color)) {
      const [red, green, blue] = channels(color);
      let [best, least] = [0, Infinity];
      this.palette.forEach(([r, g, b], k) => {
        const square = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
        if (square < least) [best, least] = [k, square];
      });
      this.known.set(color, best);
    }
    return this.known.get(color);
  }

  // A picture, as ImageData, to be seen for `hundredths` of a second.
  add(image, hundredths) {
    const { width, height, out, last } = this;
    const pixels = new Uint32Array(image.data.buffer);
    const now = new Uint8Array(pixels.length);
    let [before, index] = [-1, 0];
    let [left, right, top, bottom] = [width, -1, height, -1];
    for (let k = 0, y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, k++) {
        const color = pixels[k] & 0xffffff;
        if (color !== before) [before, index] = [color, this.nearest(color)];
        now[k] = index;
        if (last && last[k] === index) continue;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
    }
    if (right < 0) [left, right, top, bottom] = [0, 0, 0, 0]; // nothing has changed: one transparent pixel
    const [wide, high] = [right - left + 1, bottom - top + 1];
    const part = new Uint8Array(wide * high);
    for (let k = 0, y = top; y <= bottom; y++) {
      for (let at = y * width + left; at <= y * width + right; at++, k++) part[k] = last && last[at] === now[at] ? SAME : now[at];
    }
    out.push(0x21, 0xf9, 4, last ? 0x05 : 0x04); // it stays when the next one comes; whether it has transparent pixels
    out.short(hundredths);
    out.push(SAME, 0, 0x2c);
    for (const value of [left, top, wide, high]) out.short(value);
    out.push(0, 8);
    const codes = compress(part, this.next);
    for (let k = 0; k < codes.length; k += 255) {
      const block = codes.subarray(k, k + 255);
      out.push(block.length, ...block);
    }
    out.push(0);
    this.last = now;
  }

  end() {
    this.out.push(0x3b);
    return new Blob([this.out.whole], { type: "image/gif" });
  }
}
