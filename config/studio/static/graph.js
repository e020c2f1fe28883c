// Moves about in the picture of a scenario: drag, zoom, fit, and the marked state in the middle.
"use strict";

const sheet = document.querySelector("[data-graph]");
const drawing = sheet?.querySelector("svg");

if (drawing) {
  const width = Number(drawing.getAttribute("width"));
  const height = Number(drawing.getAttribute("height"));
  let scale = 1;

  const show = (wanted, x = sheet.clientWidth / 2, y = sheet.clientHeight / 2) => {
    const next = Math.min(4, Math.max(0.1, wanted));
    const left = (sheet.scrollLeft + x) / scale;
    const top = (sheet.scrollTop + y) / scale;
    scale = next;
    drawing.setAttribute("width", width * scale);
    drawing.setAttribute("height", height * scale);
    sheet.scrollTo(left * scale - x, top * scale - y);
  };

  const fit = () => show(Math.min(sheet.clientWidth / width, sheet.clientHeight / height) * 0.98);

  document.querySelector("[data-graph-tools]").hidden = false;
  document.querySelector("[data-graph-tools]").addEventListener("click", (event) => {
    const zoom = event.target.dataset?.zoom;
    if (zoom === "fit") fit();
    else if (zoom) show(scale * Number(zoom));
  });

  sheet.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const box = sheet.getBoundingClientRect();
      show(scale * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );

  // A drag moves; it is no click on the state where it ends.
  let from = null;
  let moved = false;
  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    from = { x: event.clientX + sheet.scrollLeft, y: event.clientY + sheet.scrollTop };
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [left, top] = [from.x - event.clientX, from.y - event.clientY];
    if (Math.abs(left - sheet.scrollLeft) + Math.abs(top - sheet.scrollTop) > 4) moved = true;
    if (moved) sheet.scrollTo(left, top);
    sheet.classList.toggle("dragged", moved);
  });
  window.addEventListener("pointerup", () => {
    from = null;
    sheet.classList.remove("dragged");
  });
  sheet.addEventListener("click", (event) => moved && event.preventDefault(), true);
  sheet.addEventListener("dragstart", (event) => event.preventDefault());

  const centre = (element) => {
    const box = element.getBoundingClientRect();
    const frame = sheet.getBoundingClientRect();
    sheet.scrollBy(
      box.left + box.width / 2 - frame.left - frame.width / 2,
      box.top + box.height / 2 - frame.top - frame.height / 2,
    );
  };

  const marked = drawing.querySelector("a.here");
  const start = [...drawing.querySelectorAll("title")].find((title) => title.textContent === "start!");
  if (marked) centre(marked);
  else {
    fit();
    if (scale < 0.45) {
      show(0.45);
      if (start) centre(start.parentElement);
    }
  }
}
