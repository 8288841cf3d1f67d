// What the pages look like: whether they fit, can be touched, read and walked by
// keys, at the width of a phone and of a desk, in both palettes.
import assert from "node:assert/strict";
import { join } from "node:path";
import { at, browser, cli, invitation, ok, order, pictures, stateOf } from "./desk.mjs";
import { unfold } from "./talking.mjs";

// talk has Alice ask about an order, Omar answer, and Alice comment.
const talk = async (state, id) => {
  const context = await browser.newContext({ storageState: state });
  const page = await context.newPage();
  const say = async (title, text) => {
    await page.goto(`${at}/orders/${id}`);
    const form = await unfold(page, title);
    await form.getByRole("textbox").fill(text);
    await form.getByRole("button").click();
    await page.getByRole("status").waitFor();
  };
  await say("Ask who asked for it", "Why Dubai and not Abu Dhabi?");
  await cli("order", "answer", id, "Our carrier is in Dubai, and Abu Dhabi has none with messages.", "--json");
  await say("Comment", "Fine with finance until the end of the year.");
  await context.close();
};

// views are the pages that are looked at, and what is done to one before.
const views = async (state) => {
  for (const { id } of JSON.parse(await cli("order", "list", "--state", "pending", "--limit", "100", "--json")).orders) await cli("order", "cancel", id, "--json");
  const own = JSON.parse(await cli("did", "list", "--json")).numbers[0].number;
  const [plain, danger, talked] = [await order(3), await order(1, ["did", "unsubscribe", own], "the desk has moved"), await order(2, undefined, "for the desk in Dubai")];
  await talk(state, talked);
  const link = await invitation("Alice");
  const removed = (await stateOf(talked)).lines[1].number;
  return {
    approvals: { path: "/approvals" }, order: { path: `/orders/${plain}` }, "give-up": { path: `/orders/${danger}` },
    talk: { path: `/orders/${talked}` },
    edit: { path: `/orders/${talked}`, from: ".before", async first(page) { // with what went wrong
      const edit = await unfold(page, "Edit it");
      await edit.getByLabel(removed).check();
      await edit.getByLabel("Leave out what costs").fill("cheap");
      await edit.getByRole("button").click();
      await page.getByRole("alert").first().waitFor();
    } },
    unfolded: { path: `/orders/${plain}`, from: ".before", async first(page) { for (const summary of await page.locator(".before summary").all()) await summary.click(); } },
    history: { path: "/history" }, log: { path: "/log" }, passkeys: { path: "/passkeys" },
    enrol: { link, signedOut: true, async first(page) { await page.locator("#whose").getByText("Alice").waitFor(); } },
    signin: { path: "/signin", signedOut: true },
  };
};

// tooSmall returns what can be pressed and is too small for a finger. A tick has
// the room of its label.
const tooSmall = () => [...document.querySelectorAll("button:not([hidden]), input:not([type=hidden]), textarea, select, summary, nav a")]
  .map((e) => (e.type === "checkbox" ? e.closest("label") : e)).filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML);

// mostSeen is how much of a page is on a picture: lists are long.
const mostSeen = 3000;

// picture leaves a picture of a page, from an element on where one is named.
const picture = async (page, path, from) => {
  const { y, width, height } = await page.evaluate((from) => {
    const y = from ? Math.floor(document.querySelector(from).getBoundingClientRect().top + scrollY) - 8 : 0;
    return { y, width: innerWidth, height: document.documentElement.scrollHeight - y };
  }, from);
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y, width, height: Math.min(height, mostSeen) } });
};

// look draws all views, and leaves pictures where a folder for them is named.
export const look = async (state) => {
  const list = Object.entries(await views(state));
  for (const [width, height] of [[390, 844], [1280, 800]]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const [name, view] of list) {
        const context = await browser.newContext({ viewport: { width, height }, colorScheme, storageState: view.signedOut ? undefined : state });
        const page = await context.newPage();
        await page.goto(view.link ?? at + view.path);
        await view.first?.(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${name} at ${width}: ${wide} pixels are beyond the screen`);
        assert.deepEqual(await page.evaluate(tooSmall), [], `${name} at ${width}: too small to be touched`);
        assert.deepEqual(await page.evaluate(contrasts), [], `${name} at ${width}, ${colorScheme}`);
        if (pictures) await picture(page, join(pictures, `${name}-${width}-${colorScheme}.png`), view.from);
        await context.close();
      }
    }
  }
  ok("every page fits phone and desk, can be touched, and can be read in both palettes");
};

// contrasts returns the texts of a page that stand out too little (WCAG 1.4.3).
const contrasts = () => {
  const rgb = (c) => (c.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const bad = [];
  for (const e of document.querySelectorAll("body *")) {
    const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!text || !e.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(`${ratio.toFixed(2)}: ${e.textContent.trim().slice(0, 40)}`);
  }
  return bad;
};

// keys walks an order's page by the keyboard alone.
export const keys = async (who) => {
  const id = await order();
  await who.page.goto(`${at}/orders/${id}`);
  const walked = [];
  for (let n = 0; n < 20; n++) {
    await who.page.keyboard.press("Tab");
    walked.push(await who.page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id));
    if (/Reject/.test(walked.at(-1))) break;
  }
  assert.equal(walked[0], "Skip to the content");
  assert.ok(/Reject/.test(walked.at(-1)), walked.join(" > "));
  await who.page.keyboard.press("Enter");
  await who.page.getByText("Rejected by").first().waitFor();
  ok("an order is decided by the keyboard alone");
};
