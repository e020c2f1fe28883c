// A scenario's picture within the page, with the state marked in which a conversation stands.
// <div class="graph" data-graph="URL of an SVG" data-here="state">
"use strict";

const Graph = {
  async show(box, url, here) {
    if (box.dataset.shown === url) {
      Graph.mark(box, here || "");
      return;
    }
    box.dataset.shown = url;
    const answer = await fetch(url);
    if (!answer.ok) {
      box.textContent = "There is no picture of this scenario at present.";
      return;
    }
    const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    if (svg.nodeName !== "svg" || box.dataset.shown !== url) return;
    box.replaceChildren(document.importNode(svg, true));
    Graph.mark(box, here || box.dataset.here);
    if (!box.querySelector(".here")) Graph.toStart(box);
  },

  // The picture is wider than its box: show where calls begin, not a corner without anything.
  toStart(box) {
    const title = [...box.querySelectorAll("g.node > title")].find((one) => one.textContent === "start!");
    if (title) Graph.center(box, title.parentNode);
  },

  mark(box, state) {
    box.dataset.here = state || "";
    for (const one of box.querySelectorAll(".here")) one.classList.remove("here");
    const group = state && box.querySelector(`#${CSS.escape("state-" + state)}`);
    if (!group) return;
    group.classList.add("here");
    Graph.center(box, group, "smooth");
  },

  center(box, group, behavior) {
    const [at, view] = [group.getBoundingClientRect(), box.getBoundingClientRect()];
    box.scrollBy({
      left: at.left + at.width / 2 - view.left - view.width / 2,
      top: at.top + at.height / 2 - view.top - view.height / 2,
      behavior: behavior || "auto",
    });
  },
};

for (const box of document.querySelectorAll("[data-graph]")) Graph.show(box, box.dataset.graph);
