"use strict";
const find = (selector) => document.querySelector(selector);
const { templates, pieces } = JSON.parse(find("#data").textContent);
const letters = "ABCDEFGH";
const met = new Map(); // misconception → [what to say of it, how often]
let queue = []; // templates still to come before all are shuffled again
let question; // the one that is shown
let asked = 0, right = 0, answered = true;

function element(tag, className, innerHTML = "") {
  return Object.assign(document.createElement(tag), { className, innerHTML });
}

function shuffled(list) {
  const order = [...list];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

function next() {
  if (!queue.length) queue = shuffled(templates.filter(({ topic }) => [topic, ""].includes(find("#topic").value)));
  const template = queue.pop();
  template.unseen = template.unseen?.length ? template.unseen : shuffled(template.draws);
  const [stem, explain, key, options] = template.unseen.pop();
  question = { explain, key, options };
  answered = false;
  find("#about").textContent = `${template.topic}, difficulty ${template.difficulty}`;
  find("#stem").innerHTML = pieces[stem];
  find(".options").replaceChildren(...options.map(([text], index) => {
    const button = element("button", "option");
    button.type = "button";
    button.append(element("span", "letter", letters[index]), element("span", "", pieces[text]));
    button.append(element("span", "mark"));
    button.addEventListener("click", () => choose(index));
    return button;
  }));
  find("#reply").replaceChildren();
  find("#next").hidden = true;
}

function choose(index) {
  if (answered || index >= question.options.length) return;
  answered = true;
  const good = index === question.key;
  asked += 1;
  right += good;
  document.querySelectorAll(".option").forEach((button, place) => {
    button.disabled = true;
    if (place === question.key) mark(button, "right", "✓ right");
    else if (place === index) mark(button, "wrong", "✗ your answer");
  });
  find("#tally b").textContent = `${right} of ${asked}`;
  explain(index, good);
  find("#next").hidden = false;
  find("#next").focus({ preventScroll: true });
  find("#next").scrollIntoView({ block: "nearest" });
}

function mark(button, name, words) {
  button.classList.add(name);
  button.lastChild.textContent = words;
}

function explain(index, good) {
  const reply = [element("h2", good ? "good" : "bad", good ? "Right" : `Wrong: ${letters[question.key]} is right`)];
  if (!good) {
    const [, says, misconception] = question.options[index];
    reply.push(element("div", "text", pieces[says]), element("p", "id"));
    reply.at(-1).textContent = pieces[misconception];
    remember(pieces[misconception], pieces[says]);
  }
  find("#reply").replaceChildren(...reply, element("div", "text", pieces[question.explain]));
}

function remember(misconception, says) {
  met.set(misconception, [says, (met.get(misconception)?.[1] ?? 0) + 1]);
  find("#met").hidden = false;
  find("#met span").textContent = met.size;
  const ranked = [...met.values()].sort(([, a], [, b]) => b - a);
  find("#met ul").replaceChildren(...ranked.map(([text, count]) => {
    const row = element("li", "");
    row.append(element("b", "", `${count} ×`), element("div", "text", text));
    return row;
  }));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, summary")) return;
  const key = event.key.toUpperCase();
  const index = "12345678".includes(key) ? Number(key) - 1 : letters.indexOf(key);
  if (key.length === 1 && index >= 0) choose(index);
  else if (answered && (key === "N" || (key === "ENTER" && !event.target.matches("button")))) onwards();
});

function onwards() {
  next();
  find("#about").focus({ preventScroll: true }); // a screen reader goes on from the top of the question
  scrollTo({ top: 0 });
}

find("#next").addEventListener("click", onwards);
find("#topic").addEventListener("change", () => { queue = []; next(); });
find("#app").hidden = false;
document.documentElement.className = "live";
next();
