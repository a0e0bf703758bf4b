/**
 * Telling the page what was done on the map.
 *
 * streamlit-folium sends its own value after a pause of 250 ms and knows nothing of our gestures.
 * We are in its frame, so we send a value ourselves, in Streamlit's message format and at once. The
 * value keeps the last click as streamlit-folium has it: the page must not take it for a new one.
 */

const MESSAGE = "streamlit:setComponentValue";

/** The last click streamlit-folium knows of, as plain data. */
function lastClick() {
  const click = window.__GLOBAL_DATA__?.lat_lng_clicked;
  return click ? { ...click } : null;
}

export class Channel {
  constructor() {
    this.gesture = null;
    this.tool = null;
    this.at = 0;
  }

  /** @param {Omit<import("./types.js").Gesture, "at">} gesture */
  sendGesture(gesture) {
    this.gesture = { ...gesture, at: this.#now() };
    this.#post();
  }

  /** @param {import("./types.js").Tool} tool */
  sendTool(tool) {
    this.tool = { tool, at: this.#now() };
    this.#post();
  }

  /** Later than anything before: two gestures within a millisecond are still two. */
  #now() {
    this.at = Math.max(Date.now(), this.at + 1);
    return this.at;
  }

  /** Both every time: the page may be busy and see the last value only. */
  #post() {
    const value = { last_clicked: lastClick(), gesture: this.gesture, tool_change: this.tool };
    window.parent.postMessage({ isStreamlitMessage: true, type: MESSAGE, value, dataType: "json" }, "*");
  }
}
