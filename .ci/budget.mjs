// Fails when what the tools or their answers cost a client is over budget:
//   node budget.mjs TOOLS.json ALL-TOOLS.json ANSWERS.json ANSWERS-OF-A-JSON-HOST.json
import { readFileSync } from 'node:fs';

const [tools, all, answers, known] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const over = [];
const hold = (what, got, most) => {
  if (!(got <= most)) over.push(`FAIL ${what} is ${got}, want at most ${most}`);
};
for (const [what, most] of Object.entries({ tokens_prompt: 1800, tokens: 3600, startup_ms: 200 })) hold(what, tools[what], most);
for (const [what, most] of Object.entries({ tokens_prompt: 2600, tokens: 6000 })) hold(`${what} of all operations on the market and own numbers`, all[what], most);
for (const what of ['annotated', 'with_output_schema', 'with_title']) {
  if (tools[what] !== tools.tools) over.push(`FAIL ${what} is ${tools[what]}, want ${tools.tools}`);
}
// A search says in 20 of its tokens when the market was read (as_of).
// Ids of orders are random, and cost a few tokens more or less.
for (const [what, form, most] of [
  ['search', 'json', 582], ['purchase', 'json', 270], ['overview', 'json', 650], ['overview', 'text', 650],
  ['orders', 'json', 400], ['orders', 'text', 400], ['conversation', 'json', 2000], ['conversation', 'text', 2000],
]) hold(`${what}, ${form}`, answers[what]?.[form], most);
hold('search of a host that shows both', known.search?.both, 640);
for (const line of over) console.error(line);
if (!over.length) console.log('ok   budget of tools and answers');
process.exit(over.length ? 1 : 0);
