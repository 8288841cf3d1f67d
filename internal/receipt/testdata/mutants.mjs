// Has the verifier of the documentation judge receipts, and mutants of them by
// one byte. Standard input: {"receipts": [base64], "mutants": [[receipt, at,
// how, byte]], "known": the keys that are known, or ""}. Standard output: {"refused": [[receipt, why]], "accepted":
// [mutant], "found": [what each receipt proves]}.
import { readFileSync } from "node:fs";
import { verify } from "../../../docs/verify.mjs";

const { receipts, mutants, known } = JSON.parse(readFileSync(0));
const files = receipts.map((r) => Buffer.from(r, "base64"));
const result = { refused: [], accepted: [], found: [] };
for (const [i, file] of files.entries()) {
  try {
    const found = await verify(file, known);
    result.found.push({ order: found.order, state: found.state, sent: found.sent, size: found.size, entries: found.entries, people: found.decisions.map((d) => d.person), warnings: found.warnings.length });
  } catch (error) {
    result.refused.push([i, error.message]);
  }
}
for (const [i, mutant] of (mutants ?? []).entries()) {
  const [receipt, at, how, byte] = mutant;
  const file = files[receipt];
  const altered = Buffer.concat([file.subarray(0, at), Buffer.from(how === "removed" ? [] : [byte]), file.subarray(how === "added" ? at : at + 1)]);
  try {
    await verify(altered);
    result.accepted.push(i);
  } catch {
    // As it should be.
  }
}
console.log(JSON.stringify(result));
