// Numbers and codes while somebody types. Without this script they are typed in full.

const WAIT = 250; // milliseconds after the last key

async function suggest(input) {
  const list = document.getElementById(input.getAttribute("list"));
  const words = input.value.trim();
  if (words.length < 2) return list.replaceChildren();
  const answer = await fetch(`${input.dataset.suggest}?${new URLSearchParams({ q: words })}`);
  if (!answer.ok || input.value.trim() !== words) return;
  const { items } = await answer.json();
  list.replaceChildren(
    ...items.map(({ value, label }) => Object.assign(document.createElement("option"), { value, label: `${value} · ${label}` })),
  );
}

// On the document, because rows of a form may be added later.
let timer;
document.addEventListener("input", ({ target }) => {
  if (!target.matches("input[data-suggest]")) return;
  clearTimeout(timer);
  timer = setTimeout(suggest, WAIT, target);
});
