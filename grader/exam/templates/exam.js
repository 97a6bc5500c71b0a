"use strict";
// Without this script the page can be read, answered and printed; with it, answers survive a reload and can be saved.
const find = (selector, within = document) => within.querySelector(selector);
const { exam, code } = find("main").dataset;
const place = `${exam}/${code}`;
const questions = [...document.querySelectorAll("fieldset")];

const chosen = (question) => find(":checked", question)?.value;

function answers() {
  const given = questions.filter(chosen).map((question) => [question.dataset.number, chosen(question)]);
  return Object.fromEntries(given);
}

function restore() {
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(place)) ?? {}; } catch { /* blocked, or not ours */ }
  for (const question of questions) {
    const letter = kept[question.dataset.number];
    for (const radio of question.querySelectorAll("input")) radio.checked = radio.value === letter;
  }
}

function keep() {
  try {
    localStorage.setItem(place, JSON.stringify(answers()));
    return true;
  } catch { return false; } // a browser that keeps nothing: do not say that it does
}

function tell() {
  const open = questions.filter((question) => !chosen(question));
  for (const question of questions) find(".clear", question).hidden = !chosen(question);
  find(".done b").textContent = questions.length - open.length;
  find(".done progress").value = questions.length - open.length;
  find("#open").hidden = !open.length;
  find("#open .links").replaceChildren(...open.map((question) => {
    const link = document.createElement("a");
    link.href = `#${question.id}`;
    link.textContent = question.dataset.number;
    return link;
  }).flatMap((link, index) => index ? [", ", link] : [link]));
  find("#kept").hidden = !keep();
}

function save() {
  const written = JSON.stringify({ exam, code, answers: answers() }, null, 1) + "\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([written], { type: "application/json" }));
  link.download = `${exam}-${code}.answers.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const question of questions) {
  question.addEventListener("change", tell);
  find(".clear", question).addEventListener("click", () => {
    const radio = find(":checked", question);
    radio.checked = false;
    radio.focus(); // the button goes away, and the focus must not go with it
    tell();
  });
}
find("#finish button").addEventListener("click", save);
find("#finish").hidden = find(".done").hidden = false;
restore();
tell();
