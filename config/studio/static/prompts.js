// The table of prompts: counts while one types, hears what is typed, finds, and warns of what is not saved.
"use strict";

const table = document.getElementById("prompts");
const pace = Number(table.dataset.pace);
const most = Number(table.dataset.most);
const STRESS = /(?<=[аеёиоуыэюяәіөұү])\u0301/giu;

function words(cell) {
  return cell.querySelector("[name=text]").value;
}

function measure(cell) {
  const count = [...words(cell).replace(STRESS, "")].length;
  const told = cell.querySelector("[data-measure]");
  told.textContent = `${count} characters, about ${Math.round(count / pace)} s`;
  told.classList.toggle("over", count > most);
}

function changed(cell) {
  const field = cell.querySelector("textarea[name=text]");
  return field !== null && field.value !== cell.querySelector("[name=was]").value;
}

function grow(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

table.addEventListener("input", (event) => {
  if (!event.target.matches("[data-text]")) return;
  const cell = event.target.closest("[data-cell]");
  measure(cell);
  grow(event.target);
  cell.classList.toggle("changed", changed(cell));
});

// One voice at a time is heard.
let player = null;
let playing = null;

function silence() {
  player?.pause();
  if (playing) URL.revokeObjectURL(playing);
  player = playing = null;
}

async function hear(button) {
  const cell = button.closest("[data-cell]");
  const said = cell.querySelector("[data-said]");
  silence();
  button.disabled = true;
  said.textContent = "Speaking…";
  said.classList.remove("error");
  try {
    const form = new URLSearchParams({ language: cell.dataset.language, text: words(cell) });
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
    const answer = await fetch(table.dataset.hear, {
      method: "POST",
      body: form,
      headers: { "X-CSRF-Token": token, "HX-Request": "true" },
    });
    if (!answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      throw new Error(page.querySelector("[data-detail]")?.textContent ?? page.body.textContent.trim());
    }
    playing = URL.createObjectURL(await answer.blob());
    player = new Audio(playing);
    cell.dataset.heard = answer.headers.get("X-Seconds");
    said.textContent = `${answer.headers.get("X-Seconds")} s, by ${answer.headers.get("X-Voice")}`;
    await player.play();
  } catch (error) {
    said.textContent = error.message;
    said.classList.add("error");
  } finally {
    button.disabled = false;
  }
}

table.addEventListener("click", (event) => {
  const button = event.target.closest("[data-hears]");
  if (button) hear(button);
});

// Finding: a prompt stays where its name or one of its texts has the words.
const finder = document.querySelector("[data-finds]");
finder.addEventListener("input", () => {
  const wanted = finder.value.trim().toLowerCase();
  for (const prompt of document.querySelectorAll(finder.dataset.finds)) {
    const texts = [...prompt.querySelectorAll("[name=text]")].map((field) => field.value);
    const all = [prompt.querySelector("h3").textContent, ...texts].join("\n").toLowerCase();
    prompt.hidden = wanted !== "" && !all.includes(wanted);
  }
});

function prepare(root) {
  for (const field of root.querySelectorAll("textarea[data-text]")) {
    const cell = field.closest("[data-cell]");
    grow(field);
    measure(cell);
    cell.classList.toggle("changed", changed(cell));
  }
}

prepare(document);
document.addEventListener("htmx:afterSwap", () => prepare(document));

// Leaving with words that are not saved is asked about first; sending a form of the table is no leaving.
window.addEventListener("beforeunload", (event) => {
  if ([...table.querySelectorAll("[data-cell]")].some(changed)) event.preventDefault();
});
