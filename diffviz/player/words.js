// Pictures in words, for those who cannot see them: what they show, at what time, and where the followed particles are.

const enumerated = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

function timeInWords({ clock }, position, places) {
  const { values, label } = clock;
  return values ? `${label} = ${figure(reading(clock, position), places)}` : `${Math.round(100 * position)} %`;
}

// A picture at a moment: its layers that are shown, each in the words of its kind, and the particles that are followed.
function paneInWords(pane, layers, moment, followed) {
  const shown = layers.map((layer) => LAYERS.get(layer.kind).words(layer, pane, within(layer, moment)));
  const places = followed.map(({ id }) => [id, whereabouts(pane, id, moment)]).filter(([, at]) => at);
  return [enumerated(shown.filter(Boolean)), ...places.map(([id, at]) => `particle ${id} at ${at}`)].filter(Boolean).join(". ");
}

const counted = (count, one) => (count === 1 ? `one ${one}` : `${figure(count, 0)} ${one}s`);
