// Has the verifier of the documentation judge receipts, and mutants of them by
// one byte. Each line of standard input is a case: {"receipts": [base64],
// "mutants": [[receipt, at, how, byte]], "known": the keys that are known, or ""}.
// Each line of standard output is what is said of one: {"refused": [[receipt, why]],
// "mutants": how many were judged, "accepted": [mutant], "found": [what each receipt
// proves]}.
import { createInterface } from "node:readline";
import { verify } from "../../../docs/verify.mjs";

// each does something for each of a list, some at once: most of the time goes by
// waiting for WebCrypto. What is done is the same as one after another.
async function each(list, act) {
  const results = [];
  let next = 0;
  const work = async () => {
    while (next < list.length) {
      const i = next++;
      results[i] = await act(list[i], i);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return results;
}

function alter(file, [, at, how, byte]) {
  const altered = Buffer.concat([file.subarray(0, at), Buffer.from(how === "removed" ? [] : [byte]), file.subarray(how === "added" ? at : at + 1)]);
  if (altered.equals(file)) throw new Error("a mutant is the receipt that it is of");
  return altered;
}

async function judge({ receipts, mutants, known }) {
  const files = receipts.map((r) => Buffer.from(r, "base64"));
  const said = await each(files, (file) => verify(file, known).then((found) => ({ found }), ({ message }) => ({ message })));
  const result = { refused: [], mutants: 0, accepted: [], found: [] };
  for (const [i, { found, message }] of said.entries()) {
    if (!found) result.refused.push([i, message]);
    else result.found.push({ order: found.order, state: found.state, sent: found.sent, size: found.size, entries: found.entries, people: found.decisions.map((d) => d.person), warnings: found.warnings.length });
  }
  const accepted = await each(mutants ?? [], (mutant) => {
    const altered = alter(files[mutant[0]], mutant);
    return verify(altered).then(() => true, () => false);
  });
  result.mutants = accepted.length;
  result.accepted = [...accepted.keys()].filter((i) => accepted[i]);
  return result;
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await judge(JSON.parse(line))));
