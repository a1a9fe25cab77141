// Sources that are recorded already, said while somebody types. Without this script the form says it when it is saved.

const WAIT = 350; // milliseconds after the last key
const WORDS = {
  url: "Recorded already at this address:",
  origin: "Of the same origin, counting as one voice with it:",
  title: "With nearly the same title:",
};

const home = document.querySelector("[data-duplicates-at]");
const fields = home ? [...document.querySelectorAll("input[data-duplicates]")] : [];

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// The place is there from the start, so that what comes into it is read out.
const places = new Map();
for (const field of fields) {
  const place = element("div", { className: "duplicates" });
  place.setAttribute("aria-live", "polite");
  field.closest(".form-row").append(place);
  places.set(field, place);
}

function show(place, words, items) {
  if (!items.length) return place.replaceChildren();
  const rows = items.map(({ id, title, fact, url }) =>
    element(
      "li",
      {},
      element("a", { href: url, target: "_blank", rel: "noopener", className: "code", textContent: id }),
      ` ${title}`,
      element("span", { className: "soft", textContent: fact ? ` – ${fact}` : "" }),
    ),
  );
  place.replaceChildren(element("p", { textContent: words }), element("ul", {}, ...rows));
}

async function ask(field) {
  const kind = field.dataset.duplicates;
  const typed = field.value.trim();
  if (typed.length < 3) return show(places.get(field), "", []);
  const query = new URLSearchParams({ [kind]: typed, besides: home.dataset.besides });
  const answer = await fetch(`${home.dataset.duplicatesAt}?${query}`);
  if (!answer.ok || field.value.trim() !== typed) return;
  const found = await answer.json();
  show(places.get(field), WORDS[kind], found[kind]);
  if (kind === "origin") {
    const options = found.origins.map((value) => element("option", { value }));
    document.getElementById(field.getAttribute("list")).replaceChildren(...options);
  }
}

const timers = new Map();
for (const field of fields) {
  field.addEventListener("input", () => {
    clearTimeout(timers.get(field));
    timers.set(field, setTimeout(ask, WAIT, field));
  });
  if (field.value && !home.dataset.besides) ask(field);
}
