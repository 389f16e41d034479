// Cut a query into the words that the index knows. Chinese is written without spaces: a run of characters is cut greedily into the
// longest words of the index, as the index itself was cut. Loaded before Sphinx's search script, which takes this function.
"use strict";
var splitQuery = (query) =>
  query
    .split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu)
    .filter((term) => term)
    .flatMap((term) => term.split(/([\p{Script=Han}]+)/u).filter((part) => part))
    .flatMap((part) => (/\p{Script=Han}/u.test(part) ? cutIntoWords(part) : [part]));

function cutIntoWords(run) {
  const index = typeof Search !== "undefined" && Search._index;
  if (!index) return [run];
  const known = (word) => word in index.terms || word in index.titleterms;
  const words = [];
  let start = 0;
  while (start < run.length) {
    let end = run.length;
    while (end > start + 1 && !known(run.slice(start, end))) end -= 1;
    words.push(run.slice(start, end));
    start = end;
  }
  const found = words.filter(known);
  return found.length ? found : [run];
}
