// A call by microphone: the bot at the other end of a websocket, which carries frames of 20 ms and news of the call.
"use strict";

const element = (id) => document.getElementById(id);
const page = element("talk");
let call = null;

const MICROPHONE = {
  NotAllowedError: "The browser may not use the microphone. Allow it beside the page's address, then take the call again.",
  NotFoundError: "There is no microphone. Connect one, then take the call again.",
  NotReadableError: "Another program holds the microphone. Close that program, then take the call again.",
};

function tell(text, kind = "failed") {
  const notice = document.createElement("p");
  notice.className = `notice ${kind}`;
  notice.textContent = text;
  element("message").replaceChildren(...(text ? [notice] : []));
}

class Call {
  constructor(choice) {
    this.choice = choice;
    this.told = false;
    this.up = false;
  }

  async begin() {
    if (!window.isSecureContext || !navigator.mediaDevices) {
      throw new Error("Browsers give the microphone to secure pages only: open this page by https, or at 127.0.0.1.");
    }
    this.context = new AudioContext({ latencyHint: "interactive" });
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      throw new Error(MICROPHONE[error.name] || `The microphone cannot be used: ${error.message}`);
    }
    await this.context.audioWorklet.addModule(page.dataset.audio);
    await this.context.resume();
    this.capture = new AudioWorkletNode(this.context, "line-capture", { numberOfOutputs: 0 });
    this.playback = new AudioWorkletNode(this.context, "line-playback", { numberOfInputs: 0 });
    this.playback.connect(this.context.destination);
    this.playback.port.onmessage = ({ data }) => this.level("theirs", data.level);
    this.capture.port.onmessage = ({ data }) => this.captured(data);
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/talk/line`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.socket.send(JSON.stringify(this.choice));
      this.context.createMediaStreamSource(this.stream).connect(this.capture);
    };
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.news(JSON.parse(data));
      else {
        page.dataset.frames = Number(page.dataset.frames || 0) + 1;
        this.playback.port.postMessage({ audio: data }, [data]);
      }
    };
    this.socket.onclose = ({ reason }) => {
      if (!this.told) tell(reason || "The connection was lost, and with it the call.");
      this.end();
    };
  }

  captured({ audio, level }) {
    this.level("mine", level);
    const { socket } = this;
    if (!this.up) return; // nobody reads before the call is up, and a full socket would break
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < 32000) socket.send(audio);
  }

  level(id, level) {
    element(id).value = Math.max(0, 1 + Math.log10(level + 1e-6) / 3); // 60 dB
  }

  order(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  news(news) {
    const show = {
      wait: () => this.status(news.text),
      answered: () => {
        this.up = true;
        this.status("the call is up");
      },
      partial: () => { element("partial").textContent = news.text; },
      drop: () => this.playback.port.postMessage({ drop: true }),
      key: () => this.aside(`key ${news.key}`),
      move: () => this.move(news),
      caller: () => this.turn("caller", news.text || "(not heard)", this.understood(news)),
      bot: () => this.said(news),
      over: () => this.over(news),
      refused: () => { this.told = true; tell(news.reason); },
    };
    show[news.type]?.();
  }

  move(news) {
    element("partial").textContent = "";
    this.bot = this.turn("bot", news.text, news.state);
    Graph.mark(element("graph"), news.state);
    this.status(news.right_party ? "right party confirmed" : "the call is up");
    page.dataset.state = news.state;
  }

  understood(news) {
    const heard = news.confidence === null || !news.text ? "" : ` · heard ${Math.round(100 * news.confidence)} %`;
    return `${(news.intent || "not_understood").replaceAll("_", " ")}${heard}`;
  }

  said(news) {
    const notes = [];
    if (news.cut) notes.push(news.text ? `cut short; heard of it: “${news.text}”` : "cut before it was heard");
    if (news.response_ms !== null) notes.push(`answered after ${Math.round(news.response_ms)} ms`);
    if (this.bot) this.bot.lastChild.textContent = [this.bot.lastChild.textContent, ...notes].join(" · ");
  }

  over(news) {
    this.told = true;
    const parts = [`The call has ended: ${news.disposition.replaceAll("_", " ")}, after ${news.duration_s} s.`];
    if (news.promise) parts.push(`Promise: ${news.promise}.`);
    if (news.callback) parts.push(`Callback: ${news.callback}.`);
    tell(parts.join(" "), "done");
    page.dataset.disposition = news.disposition;
    element("recording").href = `/talk/recordings/${encodeURIComponent(news.call)}.wav`;
    element("recording").hidden = false;
  }

  turn(who, text, aside) {
    element("partial").textContent = "";
    const item = document.createElement("li");
    item.className = who;
    const words = item.appendChild(document.createElement("p"));
    words.className = "words";
    words.textContent = text;
    const note = item.appendChild(document.createElement("p"));
    note.className = "aside";
    note.textContent = aside;
    this.append(item);
    return item;
  }

  aside(text) {
    const item = document.createElement("li");
    item.className = "note";
    item.textContent = text;
    this.append(item);
  }

  append(item) {
    const turns = element("turns");
    turns.append(item);
    turns.scrollTop = turns.scrollHeight;
  }

  status(text) {
    element("status").textContent = text;
  }

  mute(muted) {
    this.capture.port.postMessage({ muted });
  }

  end() {
    this.stream?.getTracks().forEach((track) => track.stop());
    if (this.context && this.context.state !== "closed") this.context.close();
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) this.socket.close();
    call = null;
    element("status").textContent = "ended";
    element("live").hidden = element("controls").hidden = true;
    element("partial").textContent = "";
    element("after").hidden = false;
  }
}

element("choice").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (call) return;
  const choice = Object.fromEntries(new FormData(event.target));
  tell("");
  element("start").disabled = true;
  delete page.dataset.disposition;
  call = new Call(choice);
  try {
    await call.begin();
    element("choice").hidden = true;
    element("call").hidden = false;
    element("after").hidden = element("recording").hidden = true;
    element("turns").replaceChildren();
    element("title").textContent = choice.scenario;
    element("live").hidden = element("controls").hidden = false;
    showGraph();
  } catch (error) {
    tell(error.message);
    call.end();
    element("after").hidden = true;
  }
  element("start").disabled = false;
});

element("hang-up").addEventListener("click", () => call?.order({ type: "hang_up" }));
element("mute").addEventListener("click", ({ currentTarget: button }) => {
  const muted = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", muted);
  button.textContent = muted ? "Unmute" : "Mute";
  call?.mute(muted);
});
element("keys").addEventListener("click", ({ target }) => {
  if (target.dataset.key) call?.order({ type: "key", key: target.dataset.key });
});
element("again").addEventListener("click", () => {
  tell("");
  element("call").hidden = element("after").hidden = true;
  element("choice").hidden = false;
});

function showGraph() {
  const { value: scenario } = element("scenario");
  const { value: language } = element("language");
  Graph.show(element("graph"), `/talk/picture.svg?${new URLSearchParams({ scenario, language })}`);
}
for (const id of ["scenario", "language"]) element(id).addEventListener("change", showGraph);
showGraph();
