// Signing in and deciding: by a click, by a passkey, and everything of it that must
// not work.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { at, bring, browser, byClick, byPasskey, cli, enrol, order, person, port, refused, reload, sign, stateOf } from "./desk.mjs";

export const cases = {
  async "enrol by a link that is good once, and sign in"(alice, bob) {
    const link = await enrol(alice, "Alice");
    await enrol(bob, "Bob");
    const other = await person();
    await other.page.goto(link);
    await other.page.click("button.main");
    await other.page.locator("#failed").getByText("not begun here").first().waitFor();
    await other.context.close();
    await alice.page.getByRole("button", { name: "Sign out", exact: true }).click();
    await alice.page.getByText("You are signed out.").first().waitFor();
    await alice.page.goto(`${at}/history`);
    await alice.page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await alice.page.waitForURL(`${at}/history`);
  },
  async "approve with a passkey, and reject"(alice) {
    const [yes, no] = [await order(2), await order()];
    await alice.page.goto(`${at}/orders/${yes}`);
    await byPasskey(alice.page).click();
    await alice.page.getByText("Done: 2 numbers bought").first().waitFor();
    await alice.page.getByText("with a passkey").first().waitFor();
    await alice.page.goto(`${at}/orders/${no}`);
    await alice.page.getByLabel("Reason").fill("not this month");
    await alice.page.getByRole("button", { name: "Reject" }).click();
    await alice.page.getByText("Rejected by").first().waitFor();
    assert.equal((await stateOf(yes)).state, "done");
    assert.equal((await stateOf(no)).state, "rejected");
  },
  async "approve without a script, with digits for what can't be undone"() {
    const plain = await person({ javaScriptEnabled: true });
    await enrol(plain, "Alice");
    const state = await plain.context.storageState();
    const bare = await browser.newContext({ javaScriptEnabled: false, storageState: state, viewport: { width: 390, height: 844 } });
    const page = await bare.newPage();
    const own = JSON.parse(await cli("did", "list", "--json")).numbers[0].number;
    const id = await order(1, ["did", "unsubscribe", own]);
    await page.goto(`${at}/orders/${id}`);
    await byPasskey(page).click();
    await page.getByText("No passkey has signed this, so nothing was decided").first().waitFor();
    await byClick(page).click();
    await page.getByText("That is not the last four digits").first().waitFor();
    await page.getByLabel("To approve, type").fill(own.slice(-4));
    await byClick(page).click();
    await page.getByText("Done: 1 number given up").first().waitFor();
    await bare.close();
    await plain.context.close();
  },
  async "Enter in a field decides nothing"(alice) {
    const own = JSON.parse(await cli("did", "list", "--json")).numbers[0].number;
    for (const id of [await order(), await order(1, ["did", "unsubscribe", own])]) {
      await alice.page.goto(`${at}/orders/${id}`);
      const fields = alice.page.locator("form.decide input:not([type=hidden])");
      assert.ok(await fields.count() > 0);
      for (const field of await fields.all()) {
        await field.fill(own.slice(-4));
        await field.press("Enter");
      }
      await alice.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
      assert.equal(await fields.first().inputValue(), own.slice(-4), "the page was not left");
      assert.equal((await stateOf(id)).state, "pending");
      await alice.page.getByRole("button", { name: "Reject" }).click();
      await alice.page.getByText("Rejected by").first().waitFor();
    }
  },
  async "wrong origin: what was signed elsewhere does not count"(alice) {
    const id = await order();
    await alice.page.goto(`http://127.0.0.1:${port}/signin`);
    await alice.page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await alice.page.locator("#failed").getByText(`Passkeys of this page are for ${at}`).first().waitFor();
    const elsewhere = createServer((_, w) => w.setHeader("Content-Type", "text/html").end("<!doctype html><title>x</title>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => elsewhere.once("listening", resolve));
    await alice.page.goto(`${at}/orders/${id}`);
    const fields = await alice.page.evaluate(async () => {
      const form = document.querySelector("form.decide");
      const answer = await fetch(form.dataset.begin, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ decision: "approve", terms: form.elements.terms.value }) });
      return { ...await answer.json(), terms: form.elements.terms.value };
    });
    await alice.page.goto(`http://localhost:${elsewhere.address().port}/`);
    const answer = await alice.page.evaluate(async (options) => JSON.stringify((await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })).toJSON()), fields.publicKey);
    await alice.page.goto(`${at}/orders/${id}`);
    await refused(alice, id, { decision: "approve", terms: fields.terms, ceremony: fields.ceremony, answer }, "another origin");
    elsewhere.close();
  },
  async "wrong person: another's passkey, and another's page, decide nothing"(alice, bob) {
    const id = await order();
    await bob.page.goto(`${at}/approvals`);
    const signed = await sign(alice, id, bob, { allowCredentials: [] });
    await refused(alice, id, signed, "Bob's passkey for Alice");
    const own = await sign(alice, id);
    await refused(bob, id, own, "Alice's assertion brought by Bob");
    await bob.page.goto(`${at}/orders/${id}`); // Alice's link, opened by Bob
    await byPasskey(bob.page).click();
    await bob.page.getByText("Done: 1 number bought").first().waitFor();
    assert.deepEqual((await stateOf(id)).decided_by.map((d) => d.name), ["Bob"]);
  },
  async "no user verification"(alice) {
    const id = await order();
    await alice.cdp.send("WebAuthn.setUserVerified", { authenticatorId: alice.authenticatorId, isUserVerified: false });
    await alice.page.goto(`${at}/orders/${id}`);
    await byPasskey(alice.page).click();
    await alice.page.locator("#failed").getByText("No passkey was given").first().waitFor();
    assert.ok(await byPasskey(alice.page).isEnabled());
    const signed = await sign(alice, id, alice, { userVerification: "discouraged" });
    await refused(alice, id, signed, "an assertion without verification");
    await alice.cdp.send("WebAuthn.setUserVerified", { authenticatorId: alice.authenticatorId, isUserVerified: true });
  },
  async "replay"(alice) {
    const [first, second] = [await order(), await order()];
    const signed = await sign(alice, first);
    await refused(alice, second, { ...signed, terms: (await sign(alice, second)).terms }, "an assertion for another order");
    const forged = JSON.parse(signed.answer);
    forged.response.signature = `${forged.response.signature.slice(0, -4)}AAAA`;
    await refused(alice, first, { ...signed, answer: JSON.stringify(forged) }, "another signature");
    await refused(alice, first, signed, "a nonce that was used up by that");
    const anew = await sign(alice, first);
    assert.equal((await bring(alice, first, anew)).status, 200);
    assert.equal((await bring(alice, first, anew)).status, 409);
    assert.equal((await stateOf(first)).state, "done");
  },
  async "a counter that goes back is a warning in the trail"(alice) {
    const { credentials } = await alice.cdp.send("WebAuthn.getCredentials", { authenticatorId: alice.authenticatorId });
    const key = credentials[0];
    await alice.cdp.send("WebAuthn.removeCredential", { authenticatorId: alice.authenticatorId, credentialId: key.credentialId });
    await alice.cdp.send("WebAuthn.addCredential", { authenticatorId: alice.authenticatorId, credential: { ...key, signCount: 1 } });
    const id = await order();
    await alice.page.goto(`${at}/orders/${id}`);
    await byPasskey(alice.page).click();
    await alice.page.getByText("Done: 1 number bought").first().waitFor();
    await alice.page.goto(`${at}/log`);
    await alice.page.getByText("passkey warned").first().waitFor();
  },
  async "two pages at once: the second is told who decided, and when"(alice, bob) {
    const id = await order();
    await Promise.all([alice, bob].map((who) => who.page.goto(`${at}/orders/${id}`)));
    await byClick(alice.page).click();
    await alice.page.getByText("Done: 1 number bought").first().waitFor();
    await byPasskey(bob.page).click();
    await bob.page.locator("#failed").getByText(/is decided: approved by “Alice” \(web\) at /).waitFor();
    await bob.page.reload();
    await bob.page.getByText("approved by “Alice”").first().waitFor();
  },
  async "terms that are others meanwhile are shown anew"(alice) {
    const id = await order();
    await alice.page.goto(`${at}/orders/${id}`);
    await alice.page.evaluate(() => { document.querySelector("input[name=terms]").value = "0".repeat(64); });
    await byPasskey(alice.page).click();
    await alice.page.getByText("These are the terms now").first().waitFor();
    assert.equal((await stateOf(id)).state, "pending");
  },
};

// endings are the cases that come last: after them time is short, and Alice is
// signed out.
export const endings = {
  async "an order that is out of time"(alice) {
    await reload('expires_after = "15s"');
    const id = await order();
    await alice.page.goto(`${at}/orders/${id}`);
    const until = Date.parse((await stateOf(id)).expires_at) + 1000; // it is told by the second
    await alice.page.waitForFunction((until) => Date.now() > until, until);
    await byClick(alice.page).click();
    await alice.page.getByText(/expired at/).first().waitFor();
    assert.equal((await stateOf(id)).state, "expired");
  },
  async "a removed passkey signs nobody in, and its session is over"(alice) {
    await alice.page.goto(`${at}/passkeys`);
    await alice.page.getByRole("button", { name: "Remove passkey 1" }).click();
    await alice.page.goto(`${at}/approvals`);
    await alice.page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await alice.page.getByText(/removed|not known/).first().waitFor();
  },
};
