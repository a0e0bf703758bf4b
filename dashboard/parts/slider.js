/**
 * A slider over the steps of a series, with a button that plays them.
 *
 * The part stays mounted through reruns, and so does its player: one pick at a time is with the
 * server, and what is wanted meanwhile waits, the latest wish only.
 */

const STEP_MS = 900;

/** An answer that takes longer has been lost, or asks for something else: stop waiting for it. */
const PATIENCE_MS = 20000;

const MOST_LABELS = 6;

/** @type {WeakMap<Node, Slider>} */
const sliders = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const part = parentElement.querySelector(".part");
  const known = sliders.get(part);
  const slider = known ?? new Slider(part);
  sliders.set(part, slider);
  slider.report = (key) => setTriggerValue("pick", key);
  slider.update(data);
  return () => slider.close();
}

class Slider {
  constructor(part) {
    this.part = part;
    this.shown = "";
    this.playing = false;
    this.stopOnSight = () => document.hidden && this.stop();
    document.addEventListener("visibilitychange", this.stopOnSight);
  }

  close() {
    this.stop();
    clearTimeout(this.patience);
    document.removeEventListener("visibilitychange", this.stopOnSight);
    sliders.delete(this.part);
  }

  /** New data: an answer to our pick, or a choice made elsewhere, which ends playing. */
  update(data) {
    const former = this.data?.selected;
    const shown = JSON.stringify([data.steps, data.words]);
    if (shown !== this.shown) {
      this.stop();
      this.#forget();
      this.data = data;
      this.shown = shown;
      this.#build();
    }
    this.data = data;
    if (this.asked !== undefined && data.selected === this.asked) this.#answered();
    else if (data.selected !== former) {
      this.stop();
      this.#forget();
    }
    if (this.asked === undefined && !this.dragging) this.#show(this.#position(data.selected));
  }

  #position(key) {
    return this.data.steps.findIndex((step) => step.key === key);
  }

  /** The server has drawn what was asked for: hand over what was wanted meanwhile, or play on. */
  #answered() {
    const { wanted } = this;
    this.#forget();
    if (wanted !== undefined && this.data.steps[wanted].key !== this.data.selected) this.pick(wanted);
  }

  #forget() {
    clearTimeout(this.patience);
    this.asked = this.wanted = undefined;
  }

  /** Ask for a step, unless the answer to another one is still to come. */
  pick(at) {
    this.#show(at);
    if (this.asked !== undefined) {
      this.wanted = at;
      return;
    }
    const { key } = this.data.steps[at];
    if (key === this.data.selected) return;
    this.asked = key;
    this.patience = setTimeout(() => {
      this.stop();
      this.#forget();
      this.#show(this.#position(this.data.selected));
    }, PATIENCE_MS);
    this.report(key);
  }

  // ---------------------------------------------------------------------------------- playing

  play() {
    this.playing = true;
    this.#tellPlaying();
    const last = this.data.steps.length - 1;
    this.pick(this.at >= last ? 0 : this.at + 1);
    this.#tick();
  }

  /** Every 0.9 s the next step; one that is late is waited for. */
  #tick() {
    this.timer = setTimeout(() => {
      if (this.asked === undefined && this.at >= this.data.steps.length - 1) {
        this.stop();
        return;
      }
      if (this.asked === undefined) this.pick(this.at + 1);
      this.#tick();
    }, STEP_MS);
  }

  stop() {
    if (!this.playing) return;
    clearTimeout(this.timer);
    this.playing = false;
    this.#tellPlaying();
  }

  #tellPlaying() {
    const { play, pause } = this.data.words;
    this.button.classList.toggle("playing", this.playing);
    this.button.setAttribute("aria-label", this.playing ? pause : play);
    this.button.title = this.playing ? pause : play;
  }

  // ---------------------------------------------------------------------------------- drawing

  #build() {
    const box = element("div", "slider");
    this.button = element("button", "play");
    this.button.append(element("span", "sign"));
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    this.caption = element("div", "caption");
    this.track = this.#makeTrack();
    box.append(this.button, this.caption, this.track, element("span"), this.#makeLabels());
    this.part.replaceChildren(box);
    this.#tellPlaying();
  }

  #makeTrack() {
    const { steps, words } = this.data;
    const track = element("div", "track");
    track.tabIndex = 0;
    const facts = { role: "slider", "aria-label": words.steps, "aria-valuemin": 1, "aria-valuemax": steps.length };
    Object.entries(facts).forEach(([name, value]) => track.setAttribute(name, value));
    const top = Math.max(...steps.map((step) => step.count)) || 1;
    this.columns = steps.map((step) => makeColumn(step, top));
    this.thumb = element("span", "thumb");
    track.append(...this.columns, element("span", "rail"), this.thumb);
    track.addEventListener("keydown", (event) => this.#key(event));
    track.addEventListener("pointerdown", (event) => this.#press(event));
    return track;
  }

  #makeLabels() {
    const { steps } = this.data;
    const labels = element("div", "labels");
    for (const at of labelled(steps.length)) {
      const label = element("span", "", steps[at].label);
      label.style.left = `${((at + 0.5) / steps.length) * 100}%`;
      label.classList.toggle("last", at === steps.length - 1);
      labels.append(label);
    }
    return labels;
  }

  /** @param {number} at position, -1 for all steps together */
  #show(at) {
    this.at = at;
    const { steps, words } = this.data;
    const step = steps[at];
    this.columns.forEach((column, i) => column.classList.toggle("now", i === at));
    this.track.classList.toggle("whole", at < 0);
    this.thumb.style.left = `${((Math.max(at, 0) + 0.5) / steps.length) * 100}%`;
    const text = step ? step.help || step.label : words.all;
    this.caption.textContent = text;
    this.track.setAttribute("aria-valuenow", String(at + 1));
    this.track.setAttribute("aria-valuetext", text);
  }

  // ---------------------------------------------------------------------------------- choosing

  #key(event) {
    const last = this.data.steps.length - 1;
    const to = {
      ArrowRight: this.at + 1,
      ArrowUp: this.at + 1,
      ArrowLeft: this.at < 0 ? last : this.at - 1,
      ArrowDown: this.at < 0 ? last : this.at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.stop();
    this.pick(Math.max(0, Math.min(last, to)));
  }

  #press(event) {
    if (event.button) return;
    this.stop();
    const { track } = this;
    track.setPointerCapture(event.pointerId);
    this.dragging = true;
    const under = ({ clientX }) => {
      const { left, width } = track.getBoundingClientRect();
      const count = this.data.steps.length;
      return Math.max(0, Math.min(count - 1, Math.floor(((clientX - left) / width) * count)));
    };
    const move = (moved) => this.#show(under(moved));
    const end = (ended) => {
      track.removeEventListener("pointermove", move);
      this.dragging = false;
      if (ended.type === "pointerup") this.pick(under(ended));
      else this.#show(this.#position(this.data.selected));
    };
    track.addEventListener("pointermove", move);
    track.addEventListener("pointerup", end, { once: true });
    track.addEventListener("pointercancel", end, { once: true });
    move(event);
  }
}

function makeColumn(step, top) {
  const column = element("span", "column");
  column.title = step.help || step.label;
  const bar = element("span", "bar");
  bar.style.height = `${(step.count / top) * 100}%`;
  column.append(bar);
  return column;
}

/** Positions that carry a label: the first one and every so many after it. */
function labelled(count) {
  const stride = Math.max(1, Math.ceil((count - 1) / (MOST_LABELS - 1)));
  return Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride);
}
