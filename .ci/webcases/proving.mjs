// An order that takes a passkey, from the request to its proof, through the
// program as it is shipped and through the verifier that is not of it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, byClick, byPasskey, cli, config, didops, env, home, order, refused, reload, run, stateOf, terminal } from "./desk.mjs";

// verdicts are what both verifiers say of a receipt: whether they accept it.
const verdicts = async (file, key) => {
  const accepts = (program, args) => run(program, args, { env }).then(({ stdout }) => ({ ok: true, text: stdout }), (e) => {
    assert.equal(typeof e.code, "number", String(e));
    return { ok: false, text: e.stdout + e.stderr };
  });
  return Promise.all([
    accepts(didops, ["receipt", "verify", file, "--key", key, "--config", config]),
    accepts(process.execPath, ["verify.mjs", file, key]),
  ]);
};

// decisionIn returns where in the text of a receipt the entry of the approval
// says how it was decided.
const decisionIn = (receipt) => {
  const entry = JSON.parse(receipt).entries.map((e) => e.text).find((text) => JSON.parse(text).event === "approved");
  const from = receipt.indexOf(JSON.stringify(entry).slice(1, -1));
  const at = receipt.indexOf("\\\"decision\\\":", from);
  assert.ok(from > 0 && at > from, "the approval has a decision that is signed");
  return [at, from + JSON.stringify(entry).length - 2];
};

export const cases = {
  async "a rule that takes a passkey: refused at a terminal, signed on the page, and proven"(alice) {
    await reload("[[approval.rules]]\nname = \"signed\"\noperations = [\"did_purchase\"]\nstrength = \"passkey\"");
    const id = await order(2);
    const page = `${at}/orders/${id}`;
    const { text, code } = await terminal(["order", "approve", id]);
    assert.ok(code !== 0 && text.replaceAll(/\s+/g, "").includes(page), `${code}: ${text}`);
    assert.equal((await stateOf(id)).state, "pending");

    await alice.page.goto(page);
    assert.equal(await byClick(alice.page).count(), 0, "a click is not enough");
    const terms = await alice.page.locator("input[name=terms]").inputValue();
    await refused(alice, id, { decision: "approve", terms }, "a click");
    await alice.page.goto(page);
    await byPasskey(alice.page).click();
    await alice.page.getByText("Done: 2 numbers bought").first().waitFor();
    const { state, decided_by } = await stateOf(id);
    assert.deepEqual([state, decided_by.map((d) => [d.name, d.strength])], ["done", [["Alice", "passkey"]]]);

    const key = (await cli("audit", "head")).split("\n")[0];
    const receipt = await cli("receipt", "show", id, "--json");
    const file = join(home, "receipt.json");
    writeFileSync(file, receipt);
    const [ours, other] = await verdicts(file, key);
    assert.ok(ours.ok && /signed with the passkey of “Alice”/.test(ours.text.replaceAll(/\s+/g, " ")), ours.text);
    assert.ok(other.ok, other.text);

    const [from, to] = decisionIn(receipt);
    const written = join(home, "altered.json");
    for (let n = 0; n < 24; n++) {
      const at = from + Math.floor((n * (to - from)) / 24);
      const bytes = Buffer.from(receipt);
      const where = Buffer.byteLength(receipt.slice(0, at));
      bytes[where] ^= 1;
      writeFileSync(written, bytes);
      for (const verdict of await verdicts(written, key)) assert.ok(!verdict.ok, `byte ${where}: ${verdict.text}`);
    }
    await reload("");
  },
};
