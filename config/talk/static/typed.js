// After each typed turn: the state is marked in the picture, the last words are in view, typing goes on.
"use strict";

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "chat") return;
  const turns = document.querySelector("#chat .turns");
  turns.scrollTop = turns.scrollHeight;
  Graph.mark(document.querySelector(".graph"), turns.dataset.state);
  document.getElementById("text")?.focus();
});
