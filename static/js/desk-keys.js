// Keys of the desk, listed on its page of help. They can be switched off there, and never act where somebody types.
const OFF = "desk-keys-off";
const typing = (element) => element.matches("input, textarea, select, [contenteditable], .select2-container *");
const rows = () => [...document.querySelectorAll("[data-rows] > *, #result_list tbody tr")];
const opener = (row) => row.querySelector("th a[href], h3 a[href], a[href]");

let before = ""; // the key before this one, if it was "g"

function go(key) {
  const door = document.querySelector(`#rooms a[data-key="${CSS.escape(key)}"]`);
  if (door) door.click();
}

function move(step) {
  const links = rows().map(opener).filter(Boolean);
  const here = rows().filter(opener).findIndex((row) => row.contains(document.activeElement));
  const next = links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step];
  if (next) next.focus();
}

const ACTIONS = {
  "/": () => document.getElementById("find-words")?.focus(),
  "?": () => go("h"),
  j: () => move(1),
  k: () => move(-1),
};

document.addEventListener("keydown", (event) => {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  if (!plain || event.defaultPrevented || typing(event.target) || localStorage.getItem(OFF)) return;
  if (event.key === "Shift") return;
  const after = before === "g";
  before = event.key === "g" && !after ? "g" : "";
  if (after) go(event.key);
  else if (ACTIONS[event.key]) {
    event.preventDefault(); // or "/" would be typed into the field it leads to
    ACTIONS[event.key]();
  }
});

const toggle = document.getElementById("keys-on");
if (toggle) {
  toggle.checked = !localStorage.getItem(OFF);
  toggle.addEventListener("change", () => {
    if (toggle.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
}
