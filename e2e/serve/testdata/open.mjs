// A client that opens addresses for its person, by the official package: it asks
// for a number, and answers what it is asked with the action given. Each address
// is a line of its own, and so is what came of it.
//
//   node open.mjs ERA ACTION MODES URL NUMBER
import { createInterface } from "node:readline";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [era, action, modes, url, number] = process.argv.slice(2);
const print = (line) => console.log(JSON.stringify(line));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const elicitation = Object.fromEntries(modes.split(",").filter(Boolean).map((mode) => [mode, {}]));
const client = new Client({ name: "example-client", version: "1" }, {
  capabilities: modes ? { elicitation } : {},
  versionNegotiation: { mode: era === "modern" ? { pin: "2026-07-28" } : "legacy" },
});
if (modes) {
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    print({ status: params.mode, message: params.url ?? "", order: params.elicitationId ?? "" });
    await lines.next(); // until the test has done what happens meanwhile
    return { action };
  });
}
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
const result = await client.callTool({ name: "did_purchase", arguments: { numbers: [number] } });
print({ end: result.isError ? "error" : "result", order: result.structuredContent?.order?.state ?? "", message: JSON.stringify(result) });
await client.close();
process.exit(0);
