"use strict";
// One stream of events tells how all services stand: first whole, then what is new. What is opened beside the table is asked for by itself.

const $ = id => document.getElementById(id);
const csrf = document.querySelector("meta[name=csrf-token]").content;
const readOnly = document.body.dataset.readOnly === "true";
const services = new Map(); // name → what was last told of it, and its row
let names = null; // in the configuration's order; null while nothing was told yet
let notes = [];
let lost = null;
let history = null; // of all services: how well they were
let chosen = null; // the name of the service that is opened
let stream = null;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

// ---- Words, as `status` has them ----

const two = number => String(number).padStart(2, "0");

function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${two(s % 60)}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${two(Math.floor(s % 3600 / 60))}m`;
  return `${Math.floor(s / 86400)}d ${two(Math.floor(s % 86400 / 3600))}h`;
}

function memory(bytes) {
  const mb = bytes / 1048576;
  return mb < 10 ? `${mb.toFixed(1)} MB` : mb < 10240 ? `${mb.toFixed(0)} MB` : `${(mb / 1024).toFixed(1)} GB`;
}

function time(at) {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? date.toLocaleTimeString() : date.toLocaleString();
}

const uptime = service => service.status.uptime_seconds === null ? "-" : duration(service.status.uptime_seconds + (lost ? 0 : (performance.now() - service.told) / 1000));

// ---- The stream ----

function listen() {
  stream?.close();
  const follows = chosen && $("follow").checked;
  stream = new EventSource(follows ? `/events?log=${encodeURIComponent(chosen)}` : "/events");
  stream.onmessage = message => {
    const told = JSON.parse(message.data);
    if (told.log) showLog(told);
    else take(told);
  };
  const mine = stream;
  stream.onerror = () => {
    // The program that serves this page has ended, or wants a token again. A browser gives up for good on an answer that is no stream.
    say("the program that serves this page, supervisor-web, does not answer");
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => fetch("/events", { method: "HEAD" }).then(answer => answer.status === 401 ? location.reload() : mine === stream && listen(), () => mine === stream && listen()), 2000);
  };
}

function say(why) {
  lost = why;
  show();
}

function take(told) {
  // Another program serves the page now: maybe a newer one, and with another CSRF token.
  if (told.instance && told.instance !== document.body.dataset.instance) return location.reload();
  const news = [];
  names = told.names;
  notes = told.notes;
  if ((lost === null) !== (told.lost === null)) news.push(told.lost === null ? "the supervisor answers" : "the supervisor does not answer");
  lost = told.lost;
  if (told.supervisor) setText($("supervisor"), `${told.supervisor}${readOnly ? "; this page is read-only" : ""}`);
  for (const service of told.services) {
    const name = service.status.name;
    const before = services.get(name);
    services.set(name, { ...before, ...service, told: performance.now() - told.age_seconds * 1000 });
    if (before && before.level !== service.level) news.push(`${name}: ${words(service)}`);
  }
  for (const name of services.keys()) if (!names.includes(name)) {
    services.get(name).row?.remove();
    services.delete(name);
  }
  if (told.instance) loadHistory();
  show();
  // For whoever measures how long it took.
  if (!performance.getEntriesByName("rows").length) requestAnimationFrame(() => performance.mark("rows"));
  if (news.length) setText($("told"), news.length > 5 ? `${news.length} services have changed` : news.join("; "));
  const own = told.services.find(service => service.status.name === chosen);
  if (own && (told.instance || own.events !== detailOf.events)) loadDetail();
}

const words = service => service.status.health ? `${service.status.status}, ${service.status.health}` : service.status.status;

// ---- The table ----

function show() {
  document.body.classList.toggle("lost", lost !== null);
  setHidden($("lost"), lost === null);
  setText($("lost-why"), lost === null ? "" : `${lost}. This page waits, and goes on by itself.${services.size ? " Below is what was last known; the services may well run on." : ""}`);
  showSummary();
  showNotes();
  let place = null;
  for (const name of names ?? []) {
    const service = services.get(name);
    if (!service) continue;
    service.row ??= row(name);
    const at = place ? place.nextSibling : $("rows").firstChild;
    if (at !== service.row) $("rows").insertBefore(service.row, at);
    place = service.row;
    fill(service);
  }
  showChosen();
}

function showSummary() {
  const all = [...services.values()];
  const count = level => all.filter(service => service.level === level).length;
  const [failed, changing, stopped] = [count("failed"), count("changing"), count("stopped")];
  const parts = [failed && `${failed} not well`, changing && `${changing} on the way`, stopped && `${stopped} stopped`, all.length - failed - changing - stopped + " well"].filter(Boolean);
  const text = lost !== null ? "Waiting for the supervisor" : names === null ? "Connecting…" : all.length === 0 ? "No services are configured" : failed + changing + stopped === 0 ? `All ${all.length} services are well` : `${all.length} services: ${parts.join(", ")}`;
  setText($("summary"), text);
  document.title = `${failed ? `(${failed}) ` : ""}supervisor`;
}

function showNotes() {
  setHidden($("notes"), notes.length === 0);
  const list = $("notes-list");
  while (list.children.length > notes.length) list.lastChild.remove();
  notes.forEach((note, index) => {
    const name = note.slice(0, note.indexOf(":"));
    const item = list.children[index] ?? list.appendChild(element("li", {}, element("a"), element("span")));
    if (item.firstChild.textContent !== name) Object.assign(item.firstChild, { textContent: name, href: `#/${name}` });
    setText(item.lastChild, note.slice(name.length));
  });
}

function row(name) {
  const cell = (className = "") => element("td", { className });
  const cells = [cell("pid"), cell("word"), cell("number uptime"), cell(), cell("number"), cell("number memory"), cell("strip")];
  return element("tr", { id: `service-${name}` }, element("th", { scope: "row" }, element("a", { href: `#/${name}`, textContent: name })), ...cells);
}

function fill(service) {
  const { status, row, level } = service;
  const texts = [status.pid ?? "-", status.status, uptime(service), status.health ?? "-", status.restarts, status.memory_bytes === undefined ? "-" : memory(status.memory_bytes)];
  texts.forEach((text, index) => setText(row.cells[index + 1], String(text)));
  row.cells[4].className = ["healthy", null].includes(status.health) ? "" : "word";
  const className = `${level}${status.name === chosen ? " chosen" : ""}`;
  if (row.className !== className) row.className = className;
  drawStrip(service);
}

setInterval(() => {
  for (const service of services.values()) if (service.row) setText(service.row.querySelector(".uptime"), uptime(service));
  showChosen();
  // What it tells of times grows old.
  if (chosen && lost === null && performance.now() - loadDetail.last > 30000) loadDetail();
}, 1000);

// ---- Plots ----

const levelNumber = { unknown: 0, well: 1, stopped: 2, changing: 3, failed: 4 };
const levelHeight = [0, .45, .3, .75, 1];

function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A day has 288 steps. While less is known, less is shown, but larger.
const steps = 288;
let span = 24;
const spanText = () => `${span / 12} hours`;

function widen(known) {
  span = Math.max(span, [24, 72, steps].find(some => some >= known));
  for (const title of document.querySelectorAll(".span")) setText(title, `Last ${spanText()}`);
}

const frame = (label, ...children) => svg("svg", { viewBox: `${steps - span} 0 ${span} 100`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...children);

/** One rectangle for each run of equal digits; what is worse is higher, for those who see no colours. */
function levelPlot(levels) {
  const [shapes, minutes, first] = [[], [0, 0, 0, 0, 0], steps - levels.length];
  for (const run of levels.matchAll(/(\d)\1*/g)) {
    const [level, length] = [Number(run[1]), run[0].length];
    minutes[level] += length * 5;
    const height = levelHeight[level] * 100;
    if (height) shapes.push(svg("rect", { x: first + run.index, y: 100 - height, width: length, height, class: `l${level}` }));
  }
  const told = [minutes[4] && `not well at some time in ${minutes[4]} minutes`, minutes[3] && `on the way in ${minutes[3]}`, minutes[2] && `stopped in ${minutes[2]}`].filter(Boolean).join(", ");
  return frame(`Health in the last ${spanText()}: ${told || "well as long as it was watched"}`, ...shapes);
}

function drawStrip(service) {
  const known = history?.services[service.status.name] ?? "";
  // The newest step is the worst of what it was and what it is.
  const now = lost === null ? levelNumber[service.level] : 0;
  const levels = known.slice(0, -1) + Math.max(Number(known.slice(-1)), now);
  if (service.drawn === span + levels) return;
  service.drawn = span + levels;
  service.row.cells[7].replaceChildren(levelPlot(levels));
}

async function loadHistory() {
  clearTimeout(loadHistory.next);
  try {
    history = await (await fetch("/history")).json();
    widen(Math.max(0, ...Object.values(history.services).map(levels => levels.length)));
    const step = history.step_seconds;
    loadHistory.next = setTimeout(loadHistory, (step - Date.parse(history.now) / 1000 % step + 1) * 1000);
    show();
  } catch {
    loadHistory.next = setTimeout(loadHistory, 10000);
  }
}

function figure(title, plot, text) {
  return element("figure", {}, element("figcaption", { textContent: title }), plot, element("span", { textContent: text }));
}

function showPlots(known) {
  const { levels = "", restarts = [], memory_kb: held = [] } = known;
  widen(levels.length);
  const [total, most, first] = [restarts.reduce((a, b) => a + b, 0), Math.max(1, ...restarts), steps - restarts.length];
  const bars = restarts.flatMap((count, index) => count ? [svg("rect", { x: first + index + .1, y: 100 - 100 * count / most, width: .8, height: 100 * count / most, class: "bar" })] : []);
  const top = Math.max(1, ...held);
  const points = held.map((kb, index) => `${first + index},${100 - 95 * kb / top} ${first + index + 1},${100 - 95 * kb / top}`);
  const area = held.length ? [svg("polygon", { points: `${first},100 ${points.join(" ")} ${steps},100`, class: "area" })] : [];
  const largest = top > 1 ? memory(top * 1024) : "-";
  $("plots").replaceChildren(
    figure("Health", levelPlot(levels), ""),
    figure("Restarts", frame(`Restarts in the last ${spanText()}: ${total}`, ...bars), String(total)),
    figure("Memory", frame(`Memory in the last ${spanText()}: ${largest} at most`, ...area), largest === "-" ? "-" : `≤ ${largest}`));
  setText($("since"), `Steps of 5 minutes. Kept by the program that serves this page since ${time(known.since)}, and lost when that ends.`);
}

// ---- One service ----

function choose() {
  const next = location.hash.match(/^#\/([A-Za-z0-9][\w.-]*)$/)?.[1] ?? null;
  if (next === chosen && stream) return;
  const before = chosen;
  chosen = next;
  $("detail").hidden = chosen === null;
  document.querySelector("main").classList.toggle("open", chosen !== null);
  for (const id of ["why", "events", "log", "plots"]) $(id).replaceChildren();
  for (const id of ["said", "since"]) $(id).textContent = "";
  detailOf = {};
  $("follow").checked = true;
  listen();
  show();
  if (chosen) {
    loadDetail();
    $("detail-name").focus();
  } else services.get(before)?.row?.querySelector("a").focus();
}

let detailOf = {};

function showChosen() {
  if (!chosen) return;
  const service = services.get(chosen);
  setText($("detail-name"), chosen);
  const note = notes.find(one => one.startsWith(`${chosen}: `));
  const well = service && (service.status.pid ? `${words(service)} (pid ${service.status.pid}) for ${uptime(service)}` : words(service));
  setText($("detail-state"), !service ? (names?.length ? `No service is named ${chosen}.` : "") : note ? note.slice(chosen.length + 2) : well);
  $("detail-state").className = service?.level ?? "";
  $("actions").hidden = readOnly;
  for (const button of $("actions").querySelectorAll("button")) {
    const isUp = service && !["stopped", "exited"].includes(service.status.status);
    button.disabled = lost !== null || !service || (button.dataset.verb === "start" ? isUp : button.dataset.verb === "stop" ? !isUp : false);
  }
}

async function loadDetail() {
  const name = chosen;
  // News that come in a crowd are asked for once.
  clearTimeout(loadDetail.next);
  if (performance.now() - (loadDetail.last ?? -1e9) < 1000 && detailOf.name === name) {
    loadDetail.next = setTimeout(loadDetail, 1000);
    return;
  }
  loadDetail.last = performance.now();
  detailOf = { name, events: services.get(name)?.events };
  const answer = await fetch(`/services/${encodeURIComponent(name)}`).catch(() => null);
  if (!answer?.ok || name !== chosen) return;
  const known = await answer.json();
  if (name !== chosen) return;
  setText($("why"), known.why.join("\n"));
  $("events").replaceChildren(...known.events.reverse().map(one => element("li", {}, element("time", { dateTime: one.at, textContent: time(one.at) }), ` ${one.text}`)));
  showPlots(known.history);
}

const mostLines = 2000;

function showLog(told) {
  if (told.log !== chosen) return;
  const log = $("log");
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
  if (told.first) log.replaceChildren();
  if (told.first && told.lines.length === 0) setText($("said"), "");
  const lines = told.cut ? ["… more was written than can be shown …", ...told.lines] : told.lines;
  if (lines.length) log.append(lines.join("\n") + "\n");
  // Only so much is kept, or a page that stays open for a month grows for a month.
  if (log.childNodes.length > 50 || told.cut) {
    const kept = log.textContent.split("\n").slice(-mostLines - 1).join("\n");
    log.replaceChildren(kept);
  }
  if (isAtEnd || told.first) log.scrollTop = log.scrollHeight;
}

async function ask(verb) {
  const name = chosen;
  setText($("said"), `${verb}…`);
  const answer = await fetch(`/services/${encodeURIComponent(name)}/${verb}`, { method: "POST", headers: { "X-CSRF-Token": csrf } }).catch(() => null);
  if (name === chosen) setText($("said"), answer?.ok ? `${verb}: asked for` : answer ? (await answer.text()).trim() : "supervisor-web does not answer");
}

$("actions").addEventListener("click", event => event.target.dataset.verb && ask(event.target.dataset.verb));
$("follow").addEventListener("change", listen);
$("close").addEventListener("click", event => { event.preventDefault(); location.hash = ""; });
addEventListener("keydown", event => { if (event.key === "Escape" && chosen) location.hash = ""; });
addEventListener("hashchange", choose);
choose();
