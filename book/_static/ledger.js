// The ledger's filters. Without this script the whole table shows.
"use strict";
(() => {
  const form = document.getElementById("ledger-filters");
  const table = document.getElementById("ledger-table");
  if (!form || !table) return;
  const rows = Array.from(table.tBodies[0].rows);
  const field = (name) => document.getElementById("ledger-" + name);
  const kinds = ["chapter", "verdict", "outcome"];
  const show = () => {
    const wanted = kinds.map((kind) => field(kind).value);
    const words = field("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits =
        kinds.every((kind, i) => !wanted[i] || row.dataset[kind] === wanted[i]) &&
        words.every((word) => text.includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    field("count").textContent = shown + " of " + rows.length + " shown";
    field("none").hidden = shown > 0;
    const query = new URLSearchParams();
    kinds.forEach((kind, i) => wanted[i] && query.set(kind, wanted[i]));
    if (words.length) query.set("words", words.join(" "));
    const address = query.toString() ? "?" + query : location.pathname;
    try {
      history.replaceState(null, "", address + location.hash);
    } catch (refused) {
      // A page opened from a file may not change its address; the filters work all the same.
    }
  };
  const asked = new URLSearchParams(location.search);
  for (const kind of [...kinds, "words"]) {
    if (asked.has(kind)) field(kind).value = asked.get(kind);
  }
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
})();
