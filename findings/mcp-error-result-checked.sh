#!/usr/bin/env bash
# npm @modelcontextprotocol/sdk 1.32.2; @modelcontextprotocol/client 2.4.0 beside it
#
# Expected: a result with isError carries the tool's own error to the caller,
# with structuredContent or without; line 2 does so, and a comment in line 1
# says that it does.
# Seen: line 1 checks the structuredContent of an error against the schema of
# a success and throws; code, hint and text of the tool are gone. It does so
# only once the client has listed the tools, so the same call answers in two
# ways. Line 2 hands the error over.
# For whom: a server whose errors are structured ("number is gone, search
# again"). Let outputSchema admit the error's shape, or leave it text.
# Upstream: modelcontextprotocol/typescript-sdk#2748.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0

cat > server.mjs <<'END'
import readline from "node:readline";
const outputSchema = { type: "object", properties: { price: { type: "string" } }, required: ["price"] };
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" },
  }),
  "tools/list": () => ({ tools: [{ name: "quote", inputSchema: { type: "object" }, outputSchema }] }),
  "tools/call": () => ({
    isError: true,
    content: [{ type: "text", text: "the number is gone: search again" }],
    structuredContent: { code: "gone", hint: "search again" },
  }),
};
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const result = answers[method](params);
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\n");
});
END
cat > client.mjs <<'END'
import { Client as V1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as Pipe1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Client as V2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as Pipe2 } from "@modelcontextprotocol/client/stdio";
async function run(name, client, Pipe) {
  const call = () => client.callTool({ name: "quote", arguments: {} })
    .then((r) => `isError ${r.isError}, ${JSON.stringify(r.structuredContent)}`, (e) => `throws ${e.message}`);
  await client.connect(new Pipe({ command: process.execPath, args: ["server.mjs"] }));
  console.log(`${name}, before tools/list: ${await call()}`);
  await client.listTools();
  console.log(`${name}, after tools/list: ${await call()}`);
  await client.close();
}
const info = { name: "c", version: "1" };
await run("sdk 1.32.2", new V1(info), Pipe1);
await run("client 2.4.0", new V2(info), Pipe2);
END

got=$(node client.mjs)
want=$(cat <<'END'
sdk 1.32.2, before tools/list: isError true, {"code":"gone","hint":"search again"}
sdk 1.32.2, after tools/list: throws MCP error -32602: Structured content does not match the tool's output schema: data must have required property 'price'
client 2.4.0, before tools/list: isError true, {"code":"gone","hint":"search again"}
client 2.4.0, after tools/list: isError true, {"code":"gone","hint":"search again"}
END
)
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
