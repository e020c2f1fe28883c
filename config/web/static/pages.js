// What every page does by script; without it pages work too.
"use strict";

// A refused or failed htmx request is told where messages are, since nothing is swapped for it.
document.addEventListener("htmx:responseError", (event) => {
  const { status, responseText } = event.detail.xhr;
  if (status === 401) return; // the answer sends the browser to sign in
  const notice = document.createElement("p");
  notice.className = "notice failed";
  const text = new DOMParser().parseFromString(responseText, "text/html").body.textContent.trim();
  notice.textContent = text.slice(0, 500) || `The server answered ${status}.`;
  document.getElementById("notices").replaceChildren(notice);
  notice.scrollIntoView({ block: "nearest" });
});

document.addEventListener("htmx:sendError", () => {
  const notice = document.createElement("p");
  notice.className = "notice failed";
  notice.textContent = "The server does not answer. What you typed is still here: try again.";
  document.getElementById("notices").replaceChildren(notice);
});

// <button data-confirm="Really?"> asks before its form is sent.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
