// Audio between the browser's rate and the telephone's 8 kHz, in the thread of the sound card.
"use strict";

const LINE_HZ = 8000;
const FRAME = 160; // 20 ms
const ZERO_CROSSINGS = 16; // on each side: 60 dB down within 500 Hz of the edge
const PHASES = 128; // between which the nearest is taken
const BETA = 6; // of the Kaiser window

function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 25; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

// From any rate to any other, by a windowed sinc whose edge lies below half of the lower one.
class Resampler {
  constructor(fromHz, toHz) {
    this.step = fromHz / toHz;
    const cutoff = (0.9 * Math.min(fromHz, toHz)) / 2 / fromHz; // cycles a sample of the input
    this.half = Math.ceil(ZERO_CROSSINGS / (2 * cutoff));
    this.kernels = Array.from({ length: PHASES }, (_, phase) => this.kernel(cutoff, phase / PHASES));
    this.past = new Float32Array(2 * this.half);
    this.at = this.half; // where in past and input together the next output lies
  }

  kernel(cutoff, shift) {
    const taps = new Float32Array(2 * this.half);
    let sum = 0;
    for (let i = 0; i < taps.length; i += 1) {
      const t = i - this.half + 1 - shift;
      const x = 2 * Math.PI * cutoff * t;
      const inside = Math.max(0, 1 - (t / this.half) ** 2);
      taps[i] = (t === 0 ? 1 : Math.sin(x) / x) * (bessel(BETA * Math.sqrt(inside)) / bessel(BETA));
      sum += taps[i];
    }
    return taps.map((tap) => tap / sum);
  }

  process(input) {
    const all = new Float32Array(this.past.length + input.length);
    all.set(this.past);
    all.set(input, this.past.length);
    const output = [];
    while (Math.floor(this.at) + this.half < all.length) {
      const whole = Math.floor(this.at);
      const taps = this.kernels[Math.floor((this.at - whole) * PHASES)];
      let sum = 0;
      for (let i = 0, from = whole - this.half + 1; i < taps.length; i += 1) sum += taps[i] * all[from + i];
      output.push(sum);
      this.at += this.step;
    }
    const keep = Math.min(all.length, all.length - (Math.floor(this.at) - this.half));
    this.past = all.slice(all.length - keep);
    this.at -= all.length - keep;
    return output;
  }
}

// Posts frames of 160 samples of 16 bits, and how loud each was.
class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, LINE_HZ);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.muted = false;
    this.port.onmessage = ({ data }) => {
      this.muted = data.muted;
    };
  }

  process([input]) {
    const mono = input[0] || new Float32Array(128); // nothing is connected while a device changes
    for (const sample of this.resampler.process(mono)) {
      const value = this.muted ? 0 : Math.max(-1, Math.min(1, sample));
      this.frame[this.filled] = Math.round(value * 32767);
      this.filled += 1;
      if (this.filled === FRAME) {
        const level = Math.sqrt(this.frame.reduce((sum, one) => sum + one * one, 0) / FRAME) / 32768;
        const { buffer } = this.frame;
        this.port.postMessage({ audio: buffer, level }, [buffer]);
        this.frame = new Int16Array(FRAME);
        this.filled = 0;
      }
    }
    return true;
  }
}

// Plays frames one behind the other; after a gap a little is gathered first, so that jitter is not heard.
class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.clear();
    this.port.onmessage = ({ data }) => {
      if (data.drop) this.clear();
      else this.queue.push(...this.resampler.process(Float32Array.from(new Int16Array(data.audio), (one) => one / 32768)));
    };
  }

  clear() {
    this.queue = [];
    this.taken = 0;
    this.playing = false;
    this.waited = 0;
    this.blocks = 0;
    this.resampler = new Resampler(LINE_HZ, sampleRate);
  }

  process(_, [output]) {
    const waiting = this.queue.length - this.taken;
    const gathered = 0.06 * sampleRate;
    this.waited = waiting ? this.waited + output[0].length : 0;
    if (!this.playing && waiting && (waiting >= gathered || this.waited >= gathered)) this.playing = true;
    if (this.playing) {
      const part = this.queue.slice(this.taken, this.taken + output[0].length);
      this.taken += part.length;
      for (const channel of output) channel.set(part);
      if (this.taken === this.queue.length) this.playing = false;
      if (this.taken > sampleRate || !this.playing) {
        this.queue = this.queue.slice(this.taken);
        this.taken = 0;
      }
    }
    this.blocks += 1;
    if (this.blocks % 16 === 0) {
      const sum = output[0].reduce((total, one) => total + one * one, 0);
      this.port.postMessage({ level: Math.sqrt(sum / output[0].length) });
    }
    return true;
  }
}

registerProcessor("line-capture", Capture);
registerProcessor("line-playback", Playback);
