// The moment that a link asks for: where the clock stands, how fast it runs, who is followed, which layers are shown, if
// others than the scene begins with ("none" for none). What is no such value is left out. It stays in the
// address until a person does anything on the page: from then on it would no longer be true.

const MOMENT = ["moment", "speed", "follow", "layers"];

function askedMoment(most) {
  const query = new URLSearchParams(location.search);
  if (!MOMENT.some((name) => query.has(name))) return {};
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, forgetMoment, { capture: true, once: true });
  const [position, speed, ids, layers] = MOMENT.map((name) => query.get(name) ?? "");
  const asked = {};
  if (/^(0|1|[01]\.\d{1,6})$/.test(position) && Number(position) <= 1) asked.position = Number(position);
  if (SPEEDS.some((one) => String(one) === speed)) asked.speed = Number(speed);
  if (/^\d{1,6}(,\d{1,6}){0,3}$/.test(ids)) asked.follow = [...new Set(ids.split(",").map(Number))].filter((id) => id < most);
  if (layers) asked.layers = layers.split(",").filter((name) => name in PARTS || name === "none");
  return asked;
}

function forgetMoment() {
  const address = new URL(location);
  for (const name of MOMENT) address.searchParams.delete(name);
  if (address.search !== location.search) history.replaceState(history.state, "", address);
}

// The address of the page without what belongs to this session, this window or this moment alone.
function shareable() {
  const address = new URL(location);
  for (const name of ["run", "present", "embed", "embed_options", ...MOMENT]) address.searchParams.delete(name);
  return address;
}

// The address of what a player shows now.
function linkTo({ scene, clock, followed, parts }) {
  const address = shareable();
  const chosen = followed.filter(({ given }) => !given).map(({ id }) => id);
  if (scene.moving) address.searchParams.set("moment", Number(clock.position.toFixed(4)));
  if (clock.speed !== 1) address.searchParams.set("speed", clock.speed);
  if (chosen.length) address.searchParams.set("follow", chosen.join(","));
  if (parts.chosen.size) address.searchParams.set("layers", parts.allShown.join(",") || "none");
  return address.href.replaceAll("%2C", ",");
}
