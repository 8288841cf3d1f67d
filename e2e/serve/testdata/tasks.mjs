// Follows an order as a task with the official packages.
//
//   node tasks.mjs follow|cancel|alone URL NUMBER
//
// Prints the status message of the task as one line of JSON, and, when the task
// has come to its end, how as another. alone is the SDK without the package of
// tasks, which knows no result but the usual ones.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client';

const [mode, url, number] = process.argv.slice(2);
const protocolVersion = '2026-07-28';
const clientInfo = { name: 'example-client', version: '1' };
const print = (v) => console.log(JSON.stringify(v));
const args = { numbers: [number] };

const client = new Client(clientInfo, { capabilities: {}, versionNegotiation: { mode: { pin: protocolVersion } } });
await client.connect(new StreamableHTTPClientTransport(new URL(url)));

if (mode === 'alone') {
  const { structuredContent } = await client.callTool({ name: 'did_purchase', arguments: args });
  print({ end: structuredContent.order.state });
  process.exit(0);
}

let requests = 0;
let told = false;
const rawDispatch = async (request, { signal } = {}) => {
  const message = { jsonrpc: '2.0', id: ++requests, ...request };
  const { method, params } = message;
  const answer = await fetch(url, {
    method: 'POST',
    signal,
    headers: {
      'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', 'MCP-Protocol-Version': protocolVersion,
      'Mcp-Method': method, 'Mcp-Name': params.taskId ?? params.name,
    },
    body: JSON.stringify(message),
  });
  const text = await answer.text();
  const last = answer.headers.get('content-type').startsWith('text/event-stream') ? text.split('\n').filter((l) => l.startsWith('data: ')).at(-1).slice(6) : text;
  const parsed = JSON.parse(last);
  // The first look, not the call: the task must be known by then.
  if (method === 'tasks/get' && !told && (told = true)) print({ status: parsed.result.status, message: parsed.result.statusMessage });
  return parsed;
};
const session = createTaskSessionFromClient(client, {
  endpointId: 'example', rawDispatch, v2RequestFraming: { protocolVersion, clientInfo, clientCapabilities: {} },
});
const execution = await session.callTool('did_purchase', args);
if (execution.kind !== 'task') throw new Error(`got ${execution.kind}, want a task`);
if (mode === 'cancel') await execution.cancel();
const { outcome } = await execution.settle();
print({ end: outcome.status, order: mode === 'follow' ? resultFromTaskOutcome(outcome).structuredContent.order.state : undefined });
await session.close();
process.exit(0);
