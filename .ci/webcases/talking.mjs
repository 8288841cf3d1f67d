// What is done to an order before it is decided: asking, answering, commenting,
// editing and handing over. None of it decides.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { at, browser, byClick, byPasskey, cli, enrol, order, person, stateOf } from "./desk.mjs";

// unfold opens one of the forms that are folded, and returns it.
export const unfold = async (page, title) => {
  const details = page.locator("details", { has: page.locator("summary", { hasText: title }) });
  if (await details.getAttribute("open") === null) await details.locator("summary").click();
  return details;
};

const titles = (page) => page.locator(".before summary").allTextContents();

// post sends a form to an order as the page of somebody does, and returns the
// status.
const post = (who, path, fields) => who.page.evaluate(async ([path, fields]) => {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  return answer.type === "opaqueredirect" ? 303 : answer.status;
}, [path, fields]);

// omar is who asked for the orders, with a browser.
let omar;

export const cases = {
  async "ask, answer and comment"(alice, bob) {
    omar = await person();
    await enrol(omar, "Omar");
    const id = await order();
    await alice.page.goto(`${at}/orders/${id}`);
    assert.deepEqual(await titles(alice.page), ["Ask who asked for it", "Comment", "Edit it", "Hand it to somebody"]);
    assert.equal(await alice.page.locator("details[open]").count(), 0, "all are folded");
    const ask = await unfold(alice.page, "Ask who asked for it");
    await ask.getByLabel("Question").fill("why <b>Dubai</b>,\nand not Abu Dhabi?");
    await ask.getByRole("button", { name: "Ask" }).click();
    await alice.page.getByRole("status").getByText("the order waits for its requester").waitFor();
    await alice.page.getByText("“why <b>Dubai</b>, and not Abu Dhabi?” by “Alice”").first().waitFor();
    assert.equal((await stateOf(id)).waits_for, "requester");

    await omar.page.goto(`${at}/orders/${id}`);
    assert.deepEqual(await titles(omar.page), ["Answer what was asked", "Comment"]);
    assert.equal(await byClick(omar.page).count() + await byPasskey(omar.page).count(), 0, "who asks for orders decides none");
    await omar.page.getByLabel("Answer").fill("our carrier is there");
    await omar.page.getByRole("button", { name: "Send the answer" }).click();
    await omar.page.getByRole("status").getByText("The answer is sent").waitFor();

    await bob.page.goto(`${at}/orders/${id}`);
    await bob.page.getByText("“our carrier is there” by “Omar”").first().waitFor();
    const comment = await unfold(bob.page, "Comment");
    await comment.getByRole("textbox").fill("fine with me");
    await comment.getByRole("button", { name: "Add the comment" }).click();
    await bob.page.getByText("“fine with me” by “Bob”").first().waitFor();
    const { state, talk, waits_for } = await stateOf(id);
    assert.deepEqual([state, talk.map((r) => r.kind), waits_for], ["pending", ["asked", "answered", "commented"], undefined]);
    await byPasskey(bob.page).click();
    await bob.page.getByText("Done: 1 number bought").first().waitFor();
  },
  async "an answer of somebody else, and one to no question, are refused beside what was typed"(alice, bob) {
    const id = await order();
    await bob.page.goto(`${at}/orders/${id}`);
    assert.equal(await post(bob, `/orders/${id}/answer`, { text: "because" }), 403);
    assert.equal(await post(omar, `/orders/${id}/ask`, { text: "why?" }), 403);
    assert.equal(await post(omar, `/orders/${id}/edit`, { contact: "sip:desk@sip.example.net" }), 403);
    assert.equal(await post(omar, `/orders/${id}/answer`, { text: "because" }), 409);
    assert.deepEqual([(await stateOf(id)).talk, (await stateOf(id)).replaced_by], [undefined, undefined]);
    const edit = await unfold(bob.page, "Edit it");
    await edit.getByLabel("Send calls to").fill("nowhere");
    await edit.getByRole("button").click();
    const again = bob.page.locator("details[open]");
    await again.getByRole("alert").waitFor();
    assert.equal(await again.getByLabel("Send calls to").inputValue(), "nowhere");
    assert.equal(await bob.page.evaluate(() => document.activeElement.id), "edit-contact", "it is where one goes on");
    assert.equal((await stateOf(id)).state, "pending");
  },
  async "edit and approve: another order takes the place of one"(alice) {
    const id = await order(3);
    const was = await stateOf(id);
    await alice.page.goto(`${at}/orders/${id}`);
    const edit = await unfold(alice.page, "Edit it");
    await edit.getByLabel(was.lines[1].number).check();
    await edit.getByLabel("Send calls to").fill("sip:desk@sip.example.net");
    await edit.getByRole("button", { name: "Put the edited order in its place" }).click();
    await alice.page.waitForURL(/said=edited/);
    const next = new URL(alice.page.url()).pathname.split("/").at(-1);
    assert.notEqual(next, id);
    await alice.page.getByRole("status").getByText("takes the place of the one that was edited").waitFor();
    const [old, made] = [await stateOf(id), await stateOf(next)];
    assert.deepEqual([old.state, old.replaced_by, made.state, made.replaces], ["cancelled", next, "pending", id]);
    assert.notEqual(made.quote_hash, was.quote_hash);
    assert.deepEqual(made.lines.map((l) => l.number), [was.lines[0].number, was.lines[2].number]);
    assert.ok(JSON.stringify(made.calls_to).includes("sip:desk@sip.example.net"), JSON.stringify(made.calls_to));
    await byPasskey(alice.page).click();
    await alice.page.getByText("Done: 2 numbers bought").first().waitFor();
    await alice.page.getByRole("link", { name: `Look at order ${id}` }).click();
    await alice.page.getByText(`Replaced by ${next}`).first().waitFor();
    assert.equal(await alice.page.locator("form.decide, .before").count(), 0, "what is void has no forms");
    assert.equal((await stateOf(next)).state, "done");
  },
  async "the terms of before an edit are not approved, by a click or by what was signed"(alice, bob) {
    const id = await order(2);
    await Promise.all([alice, bob].map((who) => who.page.goto(`${at}/orders/${id}`)));
    const edit = await unfold(bob.page, "Edit it");
    await edit.getByRole("checkbox").first().check();
    await edit.getByRole("button").click();
    await bob.page.waitForURL(/said=edited/);
    await byPasskey(alice.page).click();
    await alice.page.locator("#failed").getByText(/was replaced at/).waitFor();
    await byClick(alice.page).click();
    await alice.page.getByRole("alert").getByText(/was replaced at/).waitFor();
    assert.equal((await stateOf(id)).state, "cancelled");
  },
  async "hand over"(alice) {
    const id = await order();
    await alice.page.goto(`${at}/orders/${id}`);
    const hand = await unfold(alice.page, "Hand it to somebody");
    await hand.getByLabel("Who is asked").selectOption("Bob");
    await hand.getByRole("button", { name: "Hand it over" }).click();
    await alice.page.getByRole("status").getByText("handed over").waitFor();
    await alice.page.locator("dl").getByText("“Bob”").first().waitFor();
    const { asked_of, state } = await stateOf(id);
    assert.deepEqual([asked_of, state], ["Bob", "pending"]);
    const again = await unfold(alice.page, "Hand it to somebody");
    assert.ok(!(await again.getByRole("option").allTextContents()).includes("Bob"), "it is handed to Bob already");
  },
  async "all of that works without a script"(alice) {
    const bare = await browser.newContext({ javaScriptEnabled: false, storageState: await alice.context.storageState(), viewport: { width: 390, height: 844 } });
    const page = await bare.newPage();
    const id = await order(2);
    await page.goto(`${at}/orders/${id}`);
    const comment = await unfold(page, "Comment");
    await comment.getByRole("textbox").fill("without a script");
    await comment.getByRole("button").click();
    await page.getByText("“without a script” by “Alice”").first().waitFor();
    const edit = await unfold(page, "Edit it");
    await edit.getByRole("checkbox").first().check();
    await edit.getByRole("button").click();
    await page.waitForURL(/said=edited/);
    await byClick(page).click();
    await page.getByText("Done: 1 number bought").first().waitFor();
    await bare.close();
  },
  async "Enter in these forms sends nothing"(alice) {
    const id = await order(2);
    await alice.page.goto(`${at}/orders/${id}`);
    for (const summary of await alice.page.locator(".before summary").all()) await summary.click();
    await alice.page.evaluate(() => addEventListener("submit", () => { document.title = "sent"; }, true));
    const fields = alice.page.locator(".before form :is(input:not([type=hidden]), textarea, select)");
    assert.ok(await fields.count() > 5);
    for (const field of await fields.all()) {
      if (await field.evaluate((f) => f.matches("textarea, input:not([type=checkbox])"))) await field.fill("4.50");
      await field.press("Enter");
    }
    await alice.page.keyboard.press("Escape"); // what the choice has opened
    await alice.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    assert.notEqual(await alice.page.title(), "sent");
    const { state, talk, replaced_by } = await stateOf(id);
    assert.deepEqual([state, talk, replaced_by], ["pending", undefined, undefined]);
  },
  async "a form that another page sends does nothing"(alice) {
    const id = await order();
    const body = `<!doctype html><title>x</title><form method="post" action="${at}/orders/${id}/comment"><input name="text" value="forged"><button>Go</button></form>`;
    const elsewhere = createServer((_, w) => w.setHeader("Content-Type", "text/html").end(body)).listen(0, "127.0.0.1");
    await new Promise((resolve) => elsewhere.once("listening", resolve));
    await alice.page.goto(`http://localhost:${elsewhere.address().port}/`); // browsers take another port for the same site
    const [answer] = await Promise.all([alice.page.waitForResponse(/comment$/), alice.page.getByRole("button", { name: "Go" }).click()]);
    assert.equal(answer.status(), 403);
    elsewhere.close();
    assert.equal((await stateOf(id)).talk, undefined);
    await cli("order", "cancel", id, "--json");
  },
};
