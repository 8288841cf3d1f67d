// Asks for a number through mcp-remote, as assistants do that speak standard
// input and output only. The person signs in at once, at the address that
// mcp-remote shows.
//
//   node remote.mjs MCP-REMOTE URL NUMBER
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [proxy, url, number] = process.argv.slice(2);
const client = new Client({ name: 'example-client', version: '1' }, { capabilities: {} });
const transport = new StdioClientTransport({
  command: process.execPath, args: [proxy, url, '--allow-http', '--transport', 'http-only'], stderr: 'pipe', env: process.env,
});
let shown = '', signedIn = false;
transport.stderr.on('data', (piece) => {
  process.stderr.write(piece);
  shown += piece;
  const at = shown.match(/visiting:\s+(http\S+)\s/);
  if (at && !signedIn) {
    signedIn = true;
    fetch(at[1]).catch((e) => console.error(e)); // follows the way back to mcp-remote
  }
});
try {
  await client.connect(transport);
  const { tools } = await client.listTools();
  const result = await client.callTool({ name: 'did_purchase', arguments: { numbers: [number] } });
  console.log(JSON.stringify({ tools: tools.map((t) => t.name), result: result.structuredContent }));
} finally {
  await client.close(); // ends mcp-remote
}
