// The reading view: pointing at words lights their notes, pointing at a note lights its words.

const byCode = new Map();
for (const words of document.querySelectorAll("mark[data-codes]")) {
  for (const code of words.dataset.codes.split(" ")) {
    byCode.set(code, [...(byCode.get(code) ?? []), words]);
  }
}

function light(codes, on) {
  for (const code of codes) {
    document.getElementById(code)?.classList.toggle("lit", on);
    for (const words of byCode.get(code) ?? []) words.classList.toggle("lit", on);
  }
}

function watch(element, codes) {
  element.addEventListener("pointerenter", () => light(codes, true));
  element.addEventListener("pointerleave", () => light(codes, false));
}

for (const words of document.querySelectorAll("mark[data-codes]")) watch(words, words.dataset.codes.split(" "));
for (const note of document.querySelectorAll(".notes li[id]")) watch(note, [note.id]);

// On a narrow screen the contents start closed, so that the text comes first.
const contents = document.querySelector("details.contents");
if (contents && matchMedia("(max-width: 60rem)").matches && !location.hash) contents.open = false;
