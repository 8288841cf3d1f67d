// Fails when what the tools cost a client is over budget.
import { readFileSync } from 'node:fs';

const m = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const bounds = { tokens_prompt: 1700, tokens: 3900, startup_ms: 200 };
const over = Object.entries(bounds).filter(([k, most]) => !(m[k] <= most));
for (const k of ['annotated', 'with_output_schema', 'with_title']) {
  if (m[k] !== m.tools) over.push([k, m.tools]);
}
for (const [k, most] of over) console.error(`FAIL ${k} is ${m[k]}, want ${most}`);
if (!over.length) console.log('ok   tool budget');
process.exit(over.length ? 1 : 0);
