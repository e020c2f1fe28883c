// The editor of a file: numbers beside the lines, and what is wrong beside its line.
"use strict";

const editor = document.querySelector("[data-editor]");
const source = editor.querySelector("[data-source]");
const numbers = editor.querySelector("[data-lines]");
const notes = editor.querySelector("[data-notes]");
const unsaved = document.querySelector("[data-unsaved]");
const asLoaded = source.value;

const lineHeight = () => parseFloat(getComputedStyle(source).lineHeight);
const inset = () => parseFloat(getComputedStyle(source).paddingTop) + parseFloat(getComputedStyle(source).borderTopWidth);

function number() {
  const count = source.value.split("\n").length;
  source.rows = count + 1;
  const wrong = new Map();
  for (const note of notes.querySelectorAll("[data-at]")) {
    const at = Number(note.dataset.at);
    if (wrong.get(at) !== "error") wrong.set(at, note.classList.contains("error") ? "error" : "warning");
  }
  const lines = Array.from({ length: count }, (_, index) => {
    const line = document.createElement("span");
    line.textContent = index + 1;
    line.className = wrong.get(index + 1) ?? "";
    return line;
  });
  numbers.replaceChildren(...lines);
}

// Each note stands at its line, or below the one before it where that reaches so far down.
function place() {
  const beside = getComputedStyle(notes).position !== "static" && notes.clientWidth > 0;
  editor.classList.toggle("spread", beside);
  const above = notes.querySelector(".elsewhere");
  let bottom = above ? above.offsetTop + above.offsetHeight + 6 : 0;
  for (const note of notes.querySelectorAll("[data-at]")) {
    const wanted = inset() + (Number(note.dataset.at) - 1) * lineHeight();
    const top = Math.max(wanted, bottom);
    note.style.top = `${top}px`;
    bottom = top + note.offsetHeight + 6;
  }
  notes.style.minHeight = `${bottom}px`;
}

function go(line) {
  if (!line) return;
  const lines = source.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  source.focus({ preventScroll: true });
  source.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  const top = editor.getBoundingClientRect().top + window.scrollY + inset() + (line - 1) * lineHeight();
  window.scrollTo({ top: Math.max(0, top - window.innerHeight / 3) });
}

function refresh() {
  number();
  place();
}

source.addEventListener("input", () => {
  number();
  if (unsaved) unsaved.hidden = source.value === asLoaded;
});

// Tab indents, as in any editor; Escape gives the key back to the browser for the next press.
let leaves = false;
source.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leaves = true;
  else if (event.key === "Tab" && !leaves && !event.shiftKey && !source.readOnly) {
    event.preventDefault();
    source.setRangeText("  ", source.selectionStart, source.selectionEnd, "end");
    source.dispatchEvent(new Event("input"));
  } else if (event.key !== "Shift") leaves = false;
  if (event.key === "s" && (event.ctrlKey || event.metaKey) && !source.readOnly) {
    event.preventDefault();
    source.form.requestSubmit();
  }
});

notes.addEventListener("click", (event) => {
  const note = event.target.closest("[data-at]");
  if (note && !event.target.closest("details")) go(Number(note.dataset.at));
});
notes.addEventListener("toggle", place, true);
document.addEventListener("studio:line", (event) => go(event.detail));
document.addEventListener("htmx:afterSettle", refresh);
window.addEventListener("resize", place);

let sends = false;
source.form.addEventListener("submit", () => {
  sends = true;
});
window.addEventListener("beforeunload", (event) => {
  if (!sends && source.value !== asLoaded) event.preventDefault();
});

refresh();
go(Number(editor.dataset.go));
