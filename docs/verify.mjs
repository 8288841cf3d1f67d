// Verifies receipts of didops with nothing but the WebCrypto of a browser, or of
// Node 20 or later:
//
//   node verify.mjs RECEIPT.json [KEY]
//
// KEY is the key of the log as you know it from elsewhere, or a file with its keys as
// didops audit keys prints them. What is checked, and what that proves, is in
// proof.md. This file is the format, too: it shares no code with didops.

const text = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const subtle = globalThis.crypto.subtle;

const need = (condition, problem) => { if (!condition) throw new Error(problem); };
const sha256 = async (...parts) => new Uint8Array(await subtle.digest("SHA-256", join(...parts)));
function join(...parts) {
  const bytes = parts.map((p) => (typeof p === "string" ? text.encode(p) : p));
  const all = new Uint8Array(bytes.reduce((n, b) => n + b.length, 0));
  bytes.reduce((at, b) => (all.set(b, at), at + b.length), 0);
  return all;
}

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

// base64 and base64url without padding, in their one spelling.
const encode = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
const encodeURL = (bytes) => encode(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function decode(string, written = encode) {
  need(typeof string === "string", "what should be base64 is no text");
  const bytes = Uint8Array.from(atob(written === encode ? string : string.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  need(written(bytes) === string, "base64 is not written as it should be");
  return bytes;
}

const decodeURL = (string) => decode(string, encodeURL);

// parse reads JSON in which no object has a name twice: there as many names are
// written as are found.
function parse(json) {
  const value = JSON.parse(json);
  const names = json.match(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:?/g)?.filter((s) => s.endsWith(":")) ?? [];
  const count = (v) => v === null || typeof v !== "object" ? 0 : Object.values(v).reduce((n, e) => n + count(e), Array.isArray(v) ? 0 : Object.keys(v).length);
  need(names.length === count(value), "a name is there twice");
  return value;
}

// canonical writes JSON as RFC 8785 does: keys in order, no blanks.
export function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return "{" + keys.map((key) => JSON.stringify(key) + ":" + canonical(value[key])).join(",") + "}";
}

const fields = (value, ...names) =>
  need(value !== null && typeof value === "object" && Object.keys(value).sort().join() === names.sort().join(), "it has not the fields that it should have");

// readKey reads "name+id+base64": the id is the beginning of a hash of both.
async function readKey(key) {
  const [name, id] = key.split("+", 2);
  const bytes = decode(key.slice(name.length + id.length + 2));
  need(name && !/\s/u.test(name) && bytes.length === 33 && bytes[0] === 1, "a key is not one of Ed25519");
  const sum = await sha256(name, "\n", bytes);
  need(hex(sum.slice(0, 4)) === id, "the id of a key is not its own");
  const first = "didops/" + hex((await sha256(bytes.slice(1))).slice(0, 8)); // the log that it is the first key of
  return { name, first, id: sum.slice(0, 4), public: await subtle.importKey("raw", bytes.slice(1), { name: "Ed25519" }, false, ["verify"]) };
}

// openNote returns the text of a note that one key signed (C2SP signed-note).
async function openNote(note, key) {
  const k = await readKey(key);
  const at = note.lastIndexOf("\n\n");
  need(at >= 0, "a note has no signature");
  const signed = note.slice(0, at + 1);
  const lead = "— " + k.name + " ";
  const line = note.slice(at + 2);
  need(line.startsWith(lead) && line.indexOf("\n") === line.length - 1, "a note has another signature, or several");
  const bytes = decode(line.slice(lead.length, -1));
  need(bytes.length === 68 && same(bytes.slice(0, 4), k.id), "a note is signed by another key");
  need(await subtle.verify({ name: "Ed25519" }, k.public, bytes.slice(4), text.encode(signed)), "a signature is not by the key");
  return signed;
}

const count = /^(0|[1-9][0-9]{0,14})$/;

// lineage returns all keys of the log, the oldest first, by its changes of keys: each
// with how many entries a log has at most that it speaks of. The first one names the log.
async function lineage(key, changes) {
  const older = [];
  for (const change of changes) {
    const [, before, next, last] = change.split("\n");
    need(count.test(last) && (await openNote(change, before)) === `didops key v2\n${before}\n${next}\n${last}\n`, "a change of keys is none");
    const [was, is] = [await readKey(before), await readKey(next)];
    need(was.name === is.name && (older.length > 0 || was.first === was.name), "a key is of another log");
    need(older.length === 0 || (older.at(-1).next === before && older.at(-1).last <= Number(last)), "the changes of keys do not follow each other");
    older.push({ key: before, next, last: Number(last) });
  }
  need(older.length === 0 || older.at(-1).next === key, "the changes of keys do not lead to the key");
  return [...older, { key, last: Infinity }];
}

// trusted holds a head, and older keys where all are known, against the keys that are known.
async function trusted(known, head, keys) {
  const [, key, rest] = /^(.*)\n?([^]*)$/.exec(known.replaceAll("\r\n", "\n").trim());
  const list = await lineage(key, rest && `${rest}\n`.split(/^(?=didops key v2$)/m));
  const by = list.find((k) => k.key === keys.at(-1).key);
  need(by || keys.some((k) => k.key === key), "it is signed by another key than the one given");
  need(!by || head.size <= by.last, "the head is by a key that was followed by another one before");
  const both = Math.min(list.length, keys.length) - 1;
  need(both === 0 || keys.slice(0, both + 1).every((k, i) => k.key === list[i].key && (i === both || k.last === list[i].last)), "an older key is not the one that is known, or ended at another entry");
}

// readHead reads a C2SP tlog-checkpoint.
async function readHead(note, key) {
  const [origin, size, root, rest, ...more] = (await openNote(note, key)).split("\n");
  need(rest === "" && more.length === 0 && count.test(size), "the head is not written as heads are");
  const head = { origin, size: Number(size), root: decode(root) };
  need(head.root.length === 32 && key.startsWith(origin + "+"), "the head is of another log");
  return head;
}

// included recomputes the root from an entry and its path (RFC 9162, 2.1.3.2).
async function included(head, seq, entry, path) {
  need(Number.isSafeInteger(seq) && seq >= 1 && seq <= head.size, "an entry is not among those of the head");
  let [index, last] = [seq - 1, head.size - 1];
  let hash = await sha256(new Uint8Array([0]), entry);
  for (const step of path) {
    const other = decode(step);
    need(other.length === 32 && last > 0, "a proof is longer than it should be");
    if (index % 2 === 1 || index === last) {
      hash = await sha256(new Uint8Array([1]), other, hash);
      while (index % 2 === 0 && index > 0) [index, last] = [index / 2, Math.floor(last / 2)];
    } else {
      hash = await sha256(new Uint8Array([1]), hash, other);
    }
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  need(last === 0 && same(hash, head.root), "an entry is not in the log of the head");
}

// entriesOf checks that the entries are all of one order, up to the last.
async function entriesOf(receipt, head) {
  const list = [];
  for (const [i, e] of receipt.entries.entries()) {
    fields(e, "proof", "seq", "text");
    await included(head, e.seq, e.text, e.proof);
    const entry = parse(e.text);
    need(entry.seq === e.seq, "an entry has another number");
    need(entry.order_nth === i + 1 && (entry.order_prev ?? 0) === (list.at(-1)?.seq ?? 0) && entry.seq > (list.at(-1)?.seq ?? 0), "entries of the order are missing");
    need(entry.order && entry.order === (list[0] ?? entry).order, "an entry is about another order");
    list.push(entry);
  }
  need(list.length > 0 && list[0].event === "requested", "it does not begin with the request");
  return list;
}

// algorithms of COSE, as WebCrypto knows them.
const algorithms = {
  "-7": { import: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  "-8": { import: { name: "Ed25519" }, verify: { name: "Ed25519" } },
  "-257": { import: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, verify: { name: "RSASSA-PKCS1-v1_5" } },
};

// plain makes r and s, 32 bytes each, of an ECDSA signature in DER.
function plain(der) {
  need(der[0] === 0x30 && der[1] === der.length - 2 && der[1] < 0x80, "a signature is no DER");
  const out = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1];
    let number = der.slice(at + 2, at + 2 + length);
    need(der[at] === 2 && length > 0 && number.length === length && number[0] < 0x80 && (number[0] || length === 1 || number[1] >= 0x80), "a signature is no DER");
    if (number[0] === 0) number = number.slice(1);
    need(number.length <= 32, "a signature is too long");
    out.set(number, end - number.length);
    at += 2 + length;
  }
  need(at === der.length, "a signature is no DER");
  return out;
}

// signedBy checks what an authenticator returned (Web Authentication, 7.2).
async function signedBy(credential, challenge, proof) {
  const client = decodeURL(proof.client_data);
  const data = decodeURL(proof.authenticator);
  const said = parse(decoder.decode(client));
  need(said.type === "webauthn.get" && !said.crossOrigin, "the signature is for something else");
  need(said.challenge === encodeURL(challenge), "the passkey signed something else");
  need(credential.origins.includes(said.origin), "it was signed on another page");
  need(data.length >= 37 && same(data.slice(0, 32), await sha256(credential.rp)), "it was signed for another page");
  need((data[32] & 5) === 5, "the person was not verified");
  const algorithm = algorithms[credential.alg] ?? need(false, "the passkey has an unknown algorithm");
  const key = await subtle.importKey("spki", decodeURL(credential.key), algorithm.import, false, ["verify"]);
  const signature = (credential.alg === -7 ? plain : (raw) => raw)(decodeURL(proof.signature));
  need(await subtle.verify(algorithm.verify, key, signature, join(data, await sha256(client))), "it was not signed by the passkey");
}

// credentialsOf opens the certificates by the keys of the log.
async function credentialsOf(receipt, keys) {
  const certified = new Map();
  for (const note of receipt.credentials) {
    let [body, last] = [];
    for (const k of keys) if (!body) [body, last] = [await openNote(note, k.key).catch(() => ""), k.last];
    need(body?.startsWith("didops credential v1\n"), "a credential is not certified by the log");
    const json = body.slice("didops credential v1\n".length);
    const credential = parse(json);
    need(credential.entry <= last, "a credential is certified by a key that was followed by another one before");
    fields(credential, "alg", "credential", "entry", "key", "origins", "person", "rp");
    need(canonical(credential) + "\n" === json && !certified.has(credential.credential), "a credential is not written as it should be");
    certified.set(credential.credential, credential);
  }
  return certified;
}

async function decisionsOf(list, terms, certified) {
  const decisions = [];
  const used = new Set();
  for (const entry of list) {
    if (entry.event !== "approved" && entry.event !== "rejected") continue;
    const proof = entry.decision;
    if (proof && (proof.signature || proof.strength === "passkey")) {
      const credential = certified.get(proof.credential);
      need(credential && credential.person && credential.person === proof.person, "the credential is not in the receipt, or another person's");
      need(entry.actor?.surface !== "web" || entry.actor.id === proof.person, "another person decided than the one whose passkey signed");
      need(credential.entry <= entry.seq, "the credential was enrolled later");
      need(Date.parse(proof.expires) === Date.parse(terms.expires), "it was asked for under another end of the order's time");
      const [decision, { expires, nonce = "", person }] = [entry.event === "approved" ? "approve" : "reject", proof];
      const challenge = { decision, expires, nonce, order: entry.order, person, terms_hash: list[0].terms };
      await signedBy(credential, await sha256("didops decision v1\n", canonical(challenge)), proof);
      used.add(proof.credential);
    }
    const by = `${entry.actor?.surface}:${entry.actor?.id}`;
    decisions.push({ event: entry.event, at: entry.at, by, strength: proof?.strength ?? "", person: proof?.signature ? proof.person : "" });
  }
  need(used.size === certified.size, "it holds a credential that signed nothing");
  return decisions;
}

// lacking tells which approvals the terms want that do not stand before the first send.
function lacking(list, { Needed = 0, Needs }) {
  const before = list.slice(0, list.findIndex((e) => e.event === "sent") + 1);
  if (before.length === 0 || before.some((e) => e.event === "mandate used")) return [];
  const approvals = before.filter((e) => e.event === "approved");
  need(approvals.length > 0, "it was sent, and nobody had approved it");
  const [known, wanted, needed] = [["", "dialog", "click", "passkey"], Needs?.strength ?? "", Math.max(Needed, Needs?.count ?? 0, 1)];
  const enough = approvals.filter((e) => known.includes(wanted) && known.indexOf(e.decision?.strength ?? "") >= known.indexOf(wanted));
  const by = new Set(enough.map((e) => e.decision?.person ? `person ${e.decision.person}` : `${e.actor?.surface}:${e.actor?.id}`)).size;
  return by < needed ? [`approvals that the terms want before the first send: ${needed}${wanted && `, of strength ${wanted}`}; that the entries show: ${by}`] : [];
}

// verify checks the bytes of a receipt and returns what it proves; it throws
// where it proves nothing. known is the key that you know, or all of them.
export async function verify(bytes, known) {
  const file = decoder.decode(bytes);
  const receipt = JSON.parse(file);
  need(canonical(receipt) + "\n" === file, "some byte was altered: it is not written as receipts are");
  fields(receipt, "credentials", "entries", "format", "head", "key", "keys", "origin", "salt", "terms");
  need(receipt.format === "didops-receipt/1", "it is no receipt of this version");
  const keys = await lineage(receipt.key, receipt.keys);
  const head = await readHead(receipt.head, receipt.key);
  need(head.origin === receipt.origin, "the head is of another log");
  if (known) await trusted(known, head, keys);
  const list = await entriesOf(receipt, head);
  const { terms } = receipt;
  const commitment = await sha256("didops terms v1\n", decodeURL(receipt.salt), canonical(terms));
  need(list[0].terms === hex(commitment), "the terms are not those that were asked for");
  need(terms.order === list[0].order && terms.exchange === list[0].exchange && terms.kind === list[0].kind &&
    Date.parse(terms.created) === Date.parse(list[0].at), "the terms are those of another order");
  const decisions = await decisionsOf(list, terms, await credentialsOf(receipt, keys));
  const sent = list.filter((entry) => entry.event === "sent").length;
  const warnings = lacking(list, terms.rules ?? {});
  const { order, state } = list.at(-1);
  // Where the exchange was not reached, the line waits again, and the order may be cancelled.
  const away = list.some((entry, i) => entry.event === "sent" && !list.slice(i).some((e) => e.line === "waiting" && e.number === entry.number));
  need(!(state === "cancelled" ? away : sent > 0 && ["rejected", "expired"].includes(state)), `the order is ${state}, and was sent`);
  return { order, kind: list[0].kind, state, terms, decisions, warnings, sent, entries: list.map((e) => e.seq), size: head.size, root: encode(head.root), key: receipt.key, keys: keys.map((k) => k.key) };
}

// main is what Node runs; a browser imports verify.
async function main([file, known]) {
  const { readFile } = await import("node:fs/promises");
  const keys = known?.includes("+") ? known : known && (await readFile(known, "utf8"));
  console.log(JSON.stringify(await verify(await readFile(file), keys), null, 2));
}

// isProgram tells whether Node was started with this file, by whatever name.
async function isProgram() {
  const started = globalThis.process?.versions?.node && process.argv[1];
  if (!started || !import.meta.url.startsWith("file:")) return false;
  const [{ realpathSync }, { fileURLToPath }] = await Promise.all([import("node:fs"), import("node:url")]);
  return realpathSync(fileURLToPath(import.meta.url)) === realpathSync(started);
}

isProgram().catch(() => false).then((is) => is && main(process.argv.slice(2))).catch((error) => {
  console.error("NOT verified: " + error.message);
  process.exitCode = 1;
});
