// What all pages of the studio do by script; without it they work too, with a button more.
"use strict";

// <select data-submits> shows at once what was chosen.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submits]")) event.target.form.requestSubmit();
});

// A form's button with data-plain is sent by the browser itself rather than by htmx.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.triggeringEvent?.submitter?.matches("[data-plain]")) return;
  event.preventDefault();
});
document.addEventListener(
  "submit",
  (event) => {
    if (!event.submitter?.matches("[data-plain]")) return;
    event.stopImmediatePropagation();
    const question = event.submitter.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  },
  true,
);

// A click on a line's number in a message leads to the line.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  event.preventDefault();
  document.dispatchEvent(new CustomEvent("studio:line", { detail: Number(link.dataset.line) }));
});
