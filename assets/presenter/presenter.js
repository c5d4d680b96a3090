// Presenter mode, and the keys of the whole page. The frame mounts it once; what it changes is on the document, where
// the style sheet of the page looks: data-alone says that the figure stands alone, to "present" it or to "embed" it.

const root = document.documentElement;
const TYPING = "input:not([type=checkbox], [type=range], [type=button]), textarea, select, .pad canvas, [contenteditable], [role=combobox], [role=listbox], [role=option], [role=menuitem], [role=grid]";
const PRESSED = "button, summary, [type=checkbox], [role=button], [role=checkbox], [role=switch], [role=radio], [role=tab]";
const MOVED = "[type=range], [role=slider], [role=spinbutton], [role=radio], [role=tab]";
const ARROWS = `${TYPING}, ${MOVED}`;
const USED = { " ": `${TYPING}, ${PRESSED}`, ArrowLeft: ARROWS, ArrowRight: ARROWS, ArrowUp: ARROWS, ArrowDown: ARROWS };
const LETTERS = "npdthca"; // keys of the player: the next particle, and what is shown
let touched = null; // the player that a person touched last

const presenting = () => root.dataset.alone === "present";

// Type is half as large again, but never so large that less is seen than in the smallest window of a desk.
const [LARGE, WIDTH, HEIGHT] = [1.5, 853, 480];

function fit() {
  const type = Math.min(LARGE, Math.max(1, Math.min(innerWidth / WIDTH, innerHeight / HEIGHT)));
  if (presenting()) root.style.setProperty("--type", type);
  else root.style.removeProperty("--type");
}

// The address says whether the page is presented, whoever else writes it.
function tell() {
  const address = new URL(location);
  if (address.searchParams.has("present") === presenting()) return;
  if (presenting()) address.searchParams.set("present", "1");
  else address.searchParams.delete("present");
  history.replaceState(history.state, "", address);
}

function toggle(buttons) {
  if (presenting()) delete root.dataset.alone;
  else root.dataset.alone = "present";
  buttons.classList.toggle("on", presenting());
  fit();
  tell();
}

const isPlayer = (node) => node.classList?.contains("player");
const moves = (player) => player.isConnected && player.querySelector(".transport:not([hidden])");

// The player that answers: the one touched last, else the first that is not scrolled away.
function answering() {
  if (touched && moves(touched)) return touched;
  const hosts = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')];
  const players = hosts.map((host) => host.shadowRoot?.querySelector(".player")).filter((player) => player && moves(player));
  return players.find((player) => player.getBoundingClientRect().bottom > 0) ?? players[0];
}

function passOn(event) {
  const copy = new KeyboardEvent("keydown", { key: event.key, shiftKey: event.shiftKey, cancelable: true });
  if (answering()?.dispatchEvent(copy) === false) event.preventDefault();
}

// The view of the page with this number; its tab may be hidden.
const choose = (number) => document.querySelectorAll('.st-key-views [role="radio"]')[number - 1]?.click();

function onKey(event, buttons, keys) {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || keys.open) return;
  const [focused] = event.composedPath();
  if (focused.closest?.(USED[event.key] ?? TYPING)) return;
  if (event.key in USED || (event.key.length === 1 && LETTERS.includes(event.key.toLowerCase()))) passOn(event);
  else if (root.dataset.alone === "embed") return;
  else if (event.key === "f" || event.key === "F") toggle(buttons);
  else if (event.key === "?") keys.showModal();
  else if (event.key >= "1" && event.key <= "9") choose(event.key);
}

// A list that was answered by pointer gives the keys back to the page; who answers by keys stays where they are.
const leave = (event) => event.target.closest?.("[role=option]") && setTimeout(() => document.activeElement?.blur(), 50);

export default function mount({ parentElement }) {
  const [buttons, present, help, keys] = [".presenter", ".present", ".help", "dialog"].map((name) => parentElement.querySelector(name));
  const query = new URLSearchParams(location.search);
  if (query.get("embed") === "true") root.dataset.alone = "embed";
  else if (query.has("present")) root.dataset.alone = "present";
  buttons.classList.toggle("on", presenting());
  fit();
  present.onclick = () => toggle(buttons);
  help.onclick = () => keys.showModal();
  keys.onclick = () => keys.close();
  const end = new AbortController();
  const listen = (target, kind, heard) => target?.addEventListener(kind, heard, { signal: end.signal });
  listen(document, "keydown", (event) => onKey(event, buttons, keys));
  for (const kind of ["pointerdown", "focusin"]) listen(document, kind, (event) => (touched = event.composedPath().find(isPlayer) ?? touched));
  listen(window, "resize", fit);
  listen(document, "pointerup", leave);
  listen(window.navigation, "currententrychange", tell);
  return () => end.abort();
}
