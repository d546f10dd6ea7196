// Search and filters on the index, and buttons that copy. Without this script the site is a plain list to read.
"use strict";

// -- copying ------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.closest(".command, .source").querySelector("code");
    const text = [...code.childNodes].filter((n) => !n.classList?.contains("linenos"));
    try {
      await navigator.clipboard.writeText(text.map((n) => n.textContent).join(""));
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    } catch {
      getSelection().selectAllChildren(code);
    }
  });
}

// -- searching ----------------------------------------------------------------------------------------

const form = document.querySelector("form.search");
if (form) search(form, document.getElementById("challenges"), window.SEARCH ?? []);

function search(form, list, documents) {
  const box = form.elements.q;
  const rows = [...list.children];
  const byKey = new Map(rows.map((row) => [row.dataset.key, row]));
  const count = document.getElementById("count");
  const nothing = document.querySelector(".nothing");
  for (const each of documents) {
    each.inTitle = each.title.toLowerCase();
    each.inTags = each.tags.toLowerCase();
    each.inText = each.text.toLowerCase();
  }

  /** How well a document answers: 0 unless every word occurs in it; titles count most, then tags. */
  function score(each, words, phrase) {
    let sum = 0;
    for (const word of words) {
      if (each.inTitle.includes(word)) sum += 100;
      else if (each.inTags.includes(word)) sum += 10;
      else if (each.inText.includes(word)) sum += 1;
      else return 0;
    }
    return sum + (each.inTitle.includes(phrase) ? 50 : each.inText.includes(phrase) ? 5 : 0);
  }

  function state() {
    const data = new FormData(form);
    const found = {};
    for (const name of ["q", "difficulty", "tag", "solved"]) {
      const value = (data.get(name) ?? "").trim();
      if (value) found[name] = value;
    }
    return found;
  }

  function show() {
    const { q = "", difficulty, tag, solved } = state();
    const phrase = q.toLowerCase();
    const words = phrase.split(/\s+/).filter(Boolean);
    const best = new Map();
    const hits = new Set();
    const excerpts = new Map();
    for (const each of words.length ? documents : []) {
      const points = score(each, words, phrase);
      if (!points) continue;
      if (each.href) hits.add(each.href);
      if (points > (best.get(each.key) ?? 0)) {
        best.set(each.key, points);
        excerpts.set(each.key, each.text);
      }
    }
    let shown = 0;
    for (const row of rows) {
      const fits =
        (!words.length || best.has(row.dataset.key)) &&
        (!difficulty || row.dataset.difficulty === difficulty) &&
        (!tag || JSON.parse(row.dataset.tags).includes(tag)) &&
        (!solved || row.dataset.solved === solved);
      row.hidden = !fits;
      shown += fits;
      for (const item of row.querySelectorAll(".solutions li")) {
        item.classList.toggle("hit", hits.has(item.dataset.href));
      }
      excerpt(row.querySelector(".snippet"), excerpts.get(row.dataset.key) ?? "", words, phrase);
    }
    const order = (row) => best.get(row.dataset.key) ?? 0;
    const active = document.activeElement;
    list.append(...[...rows].sort((a, b) => order(b) - order(a))); // stable: else as on the page
    if (list.contains(active)) active.focus();
    count.textContent = shown === rows.length ? `${shown} challenges` : `${shown} of ${rows.length} challenges`;
    nothing.hidden = shown > 0;
  }

  /** The words around the first hit, marked. */
  function excerpt(place, text, words, phrase) {
    const lower = text.toLowerCase();
    const at = [phrase, ...words].map((word) => (word ? lower.indexOf(word) : -1)).find((i) => i >= 0) ?? -1;
    place.hidden = at < 0;
    place.replaceChildren();
    if (at < 0) return;
    const start = at < 70 ? 0 : text.indexOf(" ", at - 70) + 1;
    const part = text.slice(start, at + 130).replace(/\s\S*$/, "");
    const pattern = new RegExp(`(${words.map((w) => w.replace(/[^\w\s]/g, "\\$&")).join("|")})`, "gi");
    place.append(start ? "… " : "");
    part.split(pattern).forEach((piece, i) => {
      if (i % 2 === 0) return place.append(piece);
      const mark = document.createElement("mark");
      mark.textContent = piece;
      place.append(mark);
    });
    place.append(" …");
  }

  function read() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    box.value = wanted.get("q") ?? "";
    for (const name of ["difficulty", "tag", "solved"]) {
      form.elements[name].value = wanted.get(name) ?? "";
    }
    if (!form.elements.difficulty.value) form.elements.difficulty.value = "";
    show();
  }

  function write(step) {
    const hash = new URLSearchParams(state()).toString();
    const url = hash ? `#${hash}` : location.pathname + location.search;
    if (step) history.pushState(null, "", url);
    else history.replaceState(null, "", url);
    show();
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (state().q) rows.length && list.querySelector("li:not([hidden]) h2 a")?.focus();
  });
  box.addEventListener("input", () => write(false));
  form.addEventListener("change", (event) => event.target !== box && write(true));
  document.getElementById("reset").addEventListener("click", () => {
    form.reset();
    write(true);
    box.focus();
  });
  addEventListener("hashchange", read);
  addEventListener("popstate", read);
  addEventListener("pageshow", read); // the browser may have put old words back into the box

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    const links = [...list.querySelectorAll("li:not([hidden]) h2 a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "/" && !(typing && document.activeElement.type !== "radio")) {
      box.focus();
      box.select();
    } else if (event.key === "Escape" && document.activeElement === box) {
      if (box.value) {
        box.value = "";
        write(false);
      } else box.blur();
    } else if (event.key === "ArrowDown" && (document.activeElement === box || at >= 0)) {
      links[at + 1]?.focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      (links[at - 1] ?? box).focus();
    } else return;
    event.preventDefault();
  });
}
