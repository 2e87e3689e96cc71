// Everything works without this file; it adds what a person would miss: toasts that go, progress that moves, pieces
// that load into their own place, the reader's own time, and buttons that cannot be pressed twice.
"use strict";
(() => {
  const TOAST_MS = 8000;
  // What a backfill of a hundred thousand documents would cost takes a minute to count.
  const LOAD_MS = 120000;

  function toast(element) {
    const close = () => element.remove();
    let timer = setTimeout(close, TOAST_MS);
    element.querySelector("[data-close]").addEventListener("click", close);
    for (const name of ["mouseenter", "focusin"]) element.addEventListener(name, () => clearTimeout(timer));
    element.addEventListener("mouseleave", () => { timer = setTimeout(close, TOAST_MS); });
  }

  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (isNaN(at) || time.dataset.local) continue;
      time.dataset.local = "1";
      time.title = `${at.toLocaleString()} here, ${time.title}`;
    }
  }

  // Not while somebody may still read a toast: the page that comes has none. Nor under somebody's hands: who has
  // followed a link is on the way to another page, and loading this one again would call them back.
  let touched = false;
  function reload() {
    if (touched) return;
    if (document.querySelector("[data-toast]")) setTimeout(reload, 500);
    else location.reload();
  }
  document.addEventListener("input", () => { touched = true; });
  document.addEventListener("click", (event) => { if (event.target.closest("main summary, a[href]")) touched = true; });
  document.addEventListener("submit", () => { touched = true; });

  // Progress of a run: the page's own words come with each event, so that they are written in one place only.
  function live(element) {
    const source = new EventSource(element.dataset.live);
    const bar = element.querySelector("progress");
    const words = element.querySelector(".progress-words");
    const show = (event) => {
      const told = JSON.parse(event.data);
      // Without a total nobody knows how much it will be: the bar only moves.
      if (told.total) { bar.max = told.total; bar.value = told.done; } else bar.removeAttribute("value");
      words.textContent = told.words;
      return told;
    };
    source.addEventListener("progress", show);
    source.addEventListener("end", (event) => {
      show(event);
      source.close();
      reload();
    });
  }

  // What the page shows as waiting is on its way.
  function arriving(element) {
    const source = new EventSource(element.dataset.arriving);
    source.addEventListener("end", () => {
      source.close();
      reload();
    });
  }

  async function load(element) {
    const stop = AbortSignal.timeout(LOAD_MS);
    try {
      const answer = await fetch(element.dataset.load, { signal: stop, headers: { "X-Fragment": "1" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      element.innerHTML = await answer.text();
      begin(element);
    } catch {
      element.replaceChildren(Object.assign(document.createElement("p"), {
        className: "soft", textContent: "It could not be read just now. Load the page again in a minute.",
      }));
    }
  }

  function begin(root) {
    root.querySelectorAll("[data-toast]").forEach(toast);
    root.querySelectorAll("[data-live]").forEach(live);
    root.querySelectorAll("[data-arriving]").forEach(arriving);
    // Inside a folded part only once it is opened.
    for (const element of root.querySelectorAll("[data-load]")) {
      const fold = element.closest("details:not([open])");
      if (fold) fold.addEventListener("toggle", () => load(element), { once: true });
      else load(element);
    }
    for (const box of root.querySelectorAll("[data-tick-all]")) {
      box.closest("[hidden]")?.removeAttribute("hidden");
      box.addEventListener("change", () => {
        for (const one of box.closest("form").querySelectorAll(`input[name="${box.dataset.tickAll}"]`)) one.checked = box.checked;
      });
    }
    localTimes(root);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
  });
  // The back button shows the page as it was left: its forms may be sent again.
  window.addEventListener("pageshow", () => {
    touched = false;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  });
  if (matchMedia("(max-width: 900px)").matches) for (const fold of document.querySelectorAll(".side-fold")) fold.open = false;
  begin(document);
})();
