// Measures what answers cost a model: makes a usual conversation with the
// program over standard input and output, on the sandbox, and prints the
// o200k_base tokens of text and structured content of each answer as JSON.
//
//   node answers.mjs PROGRAM HOME [CLIENT]     HOME is an empty folder
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';

const [program, home, client = 'example-client'] = process.argv.slice(2);
const env = { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home };
const server = spawn(program, ['mcp', '--log-level', 'error'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
const waiting = new Map();
let last = 0;
createInterface({ input: server.stdout }).on('line', (line) => {
  const message = JSON.parse(line);
  waiting.get(message.id)?.(message);
  waiting.delete(message.id);
});
const send = (message) => server.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const request = (method, params) => new Promise((resolve) => {
  waiting.set(++last, resolve);
  send({ id: last, method, params });
});
const tokens = (text) => encode(text, { disallowedSpecial: new Set() }).length;

const cost = {};
const call = async (name, args, as) => {
  const { result } = await request('tools/call', { name, arguments: args });
  if (result.isError) throw new Error(`${name}: ${result.content[0].text}`);
  const text = tokens(result.content[0].text);
  const json = tokens(JSON.stringify(result.structuredContent));
  if (as) cost[as] = { text, json, both: text + json };
  return result.structuredContent;
};
await request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: client, version: '1.0.0' } });
send({ method: 'notifications/initialized' });

await call('did_overview', {}, 'overview');
const wanted = { country: 'UAE', type: 'mobile', sms: true };
const found = await call('did_search', wanted, 'search');
const numbers = found.rows.map((row) => row[found.columns.indexOf('number')]);
const { order } = await call('did_purchase', { numbers: [numbers[0]] }, 'purchase');
await call('order_get', { id: order.id }, 'look');
await call('order_get', { id: order.id }, 'look again');
await call('did_list', {}, 'list');
const usual = Object.values(cost);
const sum = (form) => usual.reduce((all, one) => all + one[form], 0);
cost.conversation = { text: sum('text'), json: sum('json'), both: sum('both') };

const more = await call('did_search', { ...wanted, cursor: found.next_cursor }, 'next page');
numbers.push(...more.rows.map((row) => row[more.columns.indexOf('number')]));
for (const number of numbers.slice(1, 10)) await call('did_purchase', { numbers: [number] });
await call('order_list', {}, 'orders');
console.log(JSON.stringify(cost));
server.stdin.end();
