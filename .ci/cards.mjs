// Draws golden messages of Discord, cards or lists, as pictures, at the width of a desktop and
// of a telephone, and prints how high each is:
//
//   node .ci/cards.mjs [FOLDER OF MESSAGES] [WHERE PICTURES GO]
//
// It needs chromium on the PATH, and makes the pictures small where pngquant is. What it draws resembles Discord's clients and
// proves nothing about them: it shows order, wrapping and height.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const from = process.argv[2] ?? "bots/discord/testdata/card";
const to = process.argv[3] ?? "docs/cards";
const widths = { desktop: 560, phone: 360 };
const columns = { desktop: 2, phone: 3 };
const now = 946684890; // the goldens are of the first minutes of 2000

const html = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// moment is how a client shows a live time.
function moment(unix, kind) {
  if (kind === "t") return new Date(unix * 1000).toISOString().slice(11, 16);
  const minutes = Math.round((unix - now) / 60);
  if (minutes === 0) return "just now";
  const much = Math.abs(minutes) === 1 ? "a minute" : `${Math.abs(minutes)} minutes`;
  return minutes > 0 ? `in ${much}` : `${much} ago`;
}

// inline draws the marks inside of a line. What is escaped is kept apart first.
function inline(s) {
  const kept = [];
  const keep = (text) => `\u0001${kept.push(text) - 1}\u0002`;
  s = s.replace(/\\(.)/gu, (_, c) => keep(html(c)));
  s = s.replace(/<t:(\d+):(\w)>/g, (_, t, k) => keep(`<u>${moment(+t, k)}</u>`));
  s = s.replace(/<@&\d+>/g, () => keep("<em class=role>@approvers</em>"));
  s = s.replace(/<#\d+>/g, () => keep("<em class=role>#approvals</em>"));
  s = html(s).replace(/\*\*(.+?)\*\*/g, "<b>$1</b>").replace(/(^|\s)_(.+?)_(?=\s|$)/g, "$1<i>$2</i>");
  return s.replace(/\u0001(\d+)\u0002/g, (_, n) => kept[+n]);
}

function text(s) {
  return s.split("\n").map((line) => {
    for (const [mark, tag] of [["### ", "h3"], ["## ", "h2"], ["-# ", "small"], ["> ", "blockquote"]]) {
      if (line.startsWith(mark)) return `<${tag}>${inline(line.slice(mark.length))}</${tag}>`;
    }
    return `<p>${inline(line) || "&nbsp;"}</p>`;
  }).join("");
}

const draw = {
  1: (c) => `<div class=row>${c.components.map(component).join("")}</div>`,
  2: (c) => `<span class="button s${c.style}${c.disabled ? " off" : ""}">${html(c.label)}</span>`,
  3: (c) => `<span class=menu>${html(c.options.find((o) => o.default)?.label ?? c.placeholder)}<b>⌄</b></span>`,
  9: (c) => `<div class=section><div>${c.components.map(component).join("")}</div>${component(c.accessory)}</div>`,
  10: (c) => `<div class=text>${text(c.content)}</div>`,
  13: (c) => `<div class=file>📄 ${html(c.file.url.replace("attachment://", ""))}</div>`,
  14: () => "<hr>",
  17: (c) => `<div class=card style="border-color:#${c.accent_color.toString(16).padStart(6, "0")}">${c.components.map(component).join("")}</div>`,
};

function component(c) {
  const drawn = draw[c.type];
  if (!drawn) throw new Error(`a component of type ${c.type} can't be drawn`);
  return drawn(c);
}

const style = (width, count) => `
body{margin:0;background:#313338;color:#dbdee1;font:15px/1.3 "Noto Sans","Liberation Sans",sans-serif}
main{columns:${count};column-gap:16px;width:${count * (width + 16)}px;padding:12px}
figure{break-inside:avoid;margin:0 0 16px;width:${width}px}figcaption{color:#949ba4;font-size:12px;margin-bottom:4px}
.card{background:#2b2d31;border-left:4px solid;border-radius:6px;padding:10px 14px;display:flex;flex-direction:column;gap:6px}
h2{font-size:19px;line-height:1.25;margin:0}h3{font-size:16px;line-height:1.25;margin:0}
.section{display:flex;justify-content:space-between;align-items:center;gap:12px}.section .button{flex:none;min-width:48px;text-align:center}
.off{opacity:.5}.menu{display:flex;justify-content:space-between;width:min(100%,380px);background:#1e1f22;border-radius:4px;padding:7px 12px;font-size:14px}
p{margin:0;overflow-wrap:anywhere}small{display:block;font-size:12px;color:#949ba4}
blockquote{margin:2px 0;padding-left:9px;border-left:3px solid #4e5058}hr{border:0;border-top:1px solid #44474e;width:100%;margin:2px 0}
u{text-decoration:none;background:#3d3f45;border-radius:3px;padding:0 2px}em.role{font-style:normal;color:#c9cdfb;background:#3c4270;border-radius:3px}
.row{display:flex;flex-wrap:wrap;gap:8px}.button{border-radius:4px;padding:7px 14px;font-size:14px;background:#4e5058;color:#fff}
.s1{background:#5865f2}.s3{background:#248046}.s4{background:#da373c}.file{border:1px solid #44474e;border-radius:6px;padding:9px;font-size:14px}`;

const script = `document.title=JSON.stringify(Object.fromEntries([...document.querySelectorAll("figure")].map(
f=>[f.id,f.querySelector(".card").offsetHeight]).concat([["",document.querySelector("main").offsetHeight]])))`;

const scratch = mkdtempSync(join(tmpdir(), "cards-"));
const chromium = (...args) => execFileSync("chromium", [
  "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--user-data-dir=${scratch}`, ...args,
], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

// smaller writes a picture with few colours, where that can be done.
function smaller(picture) {
  try {
    execFileSync("pngquant", ["--force", "--strip", "--ext", ".png", "48", picture]);
  } catch (e) {
    if (e.code !== "ENOENT") throw e;
  }
}

const names = readdirSync(from).filter((f) => f.endsWith(".json")).map((f) => f.slice(0, -".json".length)).sort();
const heights = {};
try {
  for (const [name, width] of Object.entries(widths)) {
    const cards = names.map((n) => {
      const message = JSON.parse(readFileSync(join(from, n + ".json"), "utf8"));
      return `<figure id="${n}"><figcaption>${n}</figcaption>${message.components.map(component).join("")}</figure>`;
    });
    const page = join(scratch, name + ".html");
    writeFileSync(page, `<!doctype html><meta charset=utf-8><style>${style(width, columns[name])}</style><main>${cards.join("")}</main><script>${script}</script>`);
    const wide = columns[name] * (width + 16) + 24;
    const seen = chromium("--dump-dom", `--window-size=${wide},1000`, "file://" + page);
    heights[name] = JSON.parse(/<title>(.*?)<\/title>/.exec(seen)[1]);
    const picture = join(to, name + ".png");
    chromium(`--window-size=${wide},${heights[name][""] + 24}`, `--screenshot=${picture}`, "file://" + page);
    smaller(picture);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const n of names) console.log(`| ${n} | ${Object.keys(widths).map((w) => heights[w][n]).join(" | ")} |`);
