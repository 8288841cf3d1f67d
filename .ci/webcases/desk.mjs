// What all cases need: a didops that is served here with its built-in sandbox,
// people with browsers and authenticators of their own, and orders.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

export const [didops, home, pictures] = process.argv.slice(2);
export const run = promisify(execFile);
export const env = { PATH: process.env.PATH, HOME: home };
export const config = join(home, "didops.toml");
const log = new EventEmitter(); // of what is served

// free returns a port that nobody has.
const free = () => new Promise((resolve) => {
  const s = createServer().listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => resolve(port)); });
});

export const port = await free();
export const at = `http://localhost:${port}`;

// configure writes the configuration: more are settings of [approval], and tables
// below it. Omar is who runs the program here.
export const configure = (more) => writeFileSync(config, `
[http]
listen = "127.0.0.1:${port}"
requests_per_minute = 100000
[web]
url = "${at}"
[limits]
max_order_total = ""
max_day_total = ""
max_open_orders = 0
[approval]
${more}
[[people]]
name = "Alice"
roles = ["approver"]
[[people]]
name = "Bob"
roles = ["approver"]
[[people]]
name = "Rita"
roles = ["reader"]
[[people]]
name = "Omar"
os = "${userInfo().username}"
roles = ["requester"]
`);

// cli runs the program, and returns what it wrote, whatever came of it.
export const cli = async (...args) => {
  const { stdout, stderr, code } = await run(didops, [...args, "--config", config], { env }).catch((e) => e);
  assert.ok(code === undefined || [3, 8].includes(code), `${args.join(" ")}: ${stderr}`);
  return stdout;
};

// market is the numbers that are for sale and were not used yet.
let market = [];
export const order = async (count = 1, operation = ["did", "purchase"], reason = "line for the Dubai desk") => {
  if (operation[1] === "purchase") {
    if (market.length < count) market = JSON.parse(await cli("did", "search", "--country", "AE", "--type", "mobile", "--limit", "100", "--json")).numbers.map((n) => n.number);
    return JSON.parse(await cli(...operation, ...market.splice(0, count), "--reason", reason, "--json")).order.id;
  }
  return JSON.parse(await cli(...operation, "--reason", reason, "--json")).order.id;
};
export const stateOf = async (id) => JSON.parse(await cli("order", "get", id, "--json")).order;

export let browser;

// open has everybody's browsers from then on; close ends them.
export const open = async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
};
export const close = () => browser?.close();

// person is somebody with a browser of their own and an authenticator in it.
export const person = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (e) => { throw e; });
  page.on("console", (m) => { if (/Content Security Policy/.test(m.text())) throw new Error(m.text()); });
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options: {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } });
  return { context, page, cdp, authenticatorId };
};

// terminal runs the program at a terminal, and returns what stands there then and
// its exit code. What it writes on standard output goes to a file, if one is named.
export const terminal = async (args, to) => {
  const typed = [didops, ...args, "--config", config].map((a) => `'${a}'`).join(" ") + (to ? ` > '${to}'` : "");
  const { stdout, code = 0 } = await run("script", ["-qec", typed, "/dev/null"], { env }).catch((e) => e);
  return { text: stdout, code };
};

// invitation returns a link by which a person enrols a passkey. It is given at
// a terminal only.
export const invitation = async (name) => {
  const to = join(home, "invitation.json");
  const { code, text } = await terminal(["passkeys", "enrol", name, "--json"], to);
  assert.equal(code, 0, text);
  return JSON.parse(readFileSync(to, "utf8")).link;
};

export const enrol = async (who, name) => {
  const link = await invitation(name);
  await who.page.goto(link);
  assert.ok(!who.page.url().includes("#"), "the token is gone from the address");
  await who.page.getByText(`By this link a passkey signs in, and decides, as ${name}.`).first().waitFor();
  await who.page.getByRole("button", { name: `Enrol a passkey of ${name}` }).click();
  await who.page.waitForURL(/\/passkeys/);
  await who.page.getByText(`Signed in as ${name}`).first().waitFor();
  return link;
};

export const signIn = async (who, name) => {
  await who.page.goto(at);
  await who.page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await who.page.getByText(`Signed in as ${name}`).first().waitFor();
};

export const byPasskey = (page) => page.locator("button[data-assert]");
export const byClick = (page) => page.locator('button[value="approve"]:not([data-assert])');

// sign has the passkey of a page sign what the page of an order of somebody is
// given to be signed, and returns what the form would hold.
export const sign = async (asker, id, signer = asker, change = {}) => {
  await asker.page.goto(`${at}/orders/${id}`);
  const given = await asker.page.evaluate(async () => {
    const form = document.querySelector("form.decide");
    const answer = await fetch(form.dataset.begin, {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ decision: "approve", terms: form.elements.terms.value }),
    });
    return { ...await answer.json(), terms: form.elements.terms.value };
  });
  assert.ok(given.publicKey, JSON.stringify(given));
  assert.equal(given.publicKey.userVerification, "required");
  const answer = await signer.page.evaluate(async (options) => {
    const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    return JSON.stringify(credential.toJSON());
  }, { ...given.publicKey, ...change });
  return { decision: "approve", terms: given.terms, ceremony: given.ceremony, answer };
};

// bring posts a form to an order as the page of somebody, and returns the status
// and the text.
export const bring = (who, id, fields) => who.page.evaluate(async ([id, fields]) => {
  const answer = await fetch(`/orders/${id}/decide`, { method: "POST", body: new URLSearchParams(fields) });
  return { status: answer.status, text: new DOMParser().parseFromString(await answer.text(), "text/html").body.textContent };
}, [id, fields]);

export const refused = async (who, id, fields, what) => {
  const got = await bring(who, id, fields);
  assert.ok(got.status >= 400, `${what}: got ${got.status} ${got.text}`);
  assert.equal((await stateOf(id)).state, "pending", what);
  return got;
};

export const ok = (what) => console.log(`ok   page: ${what}`);

let served;
let said = ""; // by what is served

// serve has the page served, and returns when it is.
export const serve = async () => {
  served = spawn(didops, ["serve", "--config", config], { env, stdio: ["ignore", "inherit", "pipe"] });
  served.stderr.on("data", (d) => { said += d; log.emit("said", String(d)); });
  for (let n = 0; ; n++) {
    if (await fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.ok, () => false)) return;
    assert.ok(n < 600 && served.exitCode === null, said);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
export const lastWords = () => said.split("\n").slice(-20).join("\n");
export const stop = () => served?.kill();

// reload has the configuration taken over by what is served.
export const reload = async (more) => {
  configure(more);
  const taken = new Promise((resolve) => log.on("said", (text) => /configuration was read again/.test(text) && resolve()));
  served.kill("SIGHUP");
  await taken;
};
