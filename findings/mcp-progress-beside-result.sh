#!/usr/bin/env bash
# npm @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/client 2.4.0
#
# Expected: a client that asked for progress sees each notification that was
# written before the result, since a pipe keeps the order.
# Seen: when both arrive in one read, the result is handled at once and the
# notification one microtask later. By then its handler is gone: onprogress is
# never called, and onerror says that the token is unknown. Apart in time, the
# same bytes give the progress.
# For whom: a server that says "bought, 3 of 3" and returns. Its last, most
# wanted notification is the one that is lost; leave time between the two.
# Upstream: modelcontextprotocol/typescript-sdk#2580.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0

cat > server.mjs <<'END'
import readline from "node:readline";
const apart = process.argv[2] === "apart";
const write = (...messages) =>
  process.stdout.write(messages.map((m) => JSON.stringify({ jsonrpc: "2.0", ...m }) + "\n").join(""));
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize") {
    const { protocolVersion } = params;
    write({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } } });
  } else if (method === "tools/call") {
    const { progressToken } = params._meta;
    const progress = { method: "notifications/progress", params: { progressToken, progress: 3, total: 3 } };
    const result = { id, result: { content: [{ type: "text", text: "bought" }] } };
    if (!apart) return write(progress, result);
    write(progress);
    setTimeout(write, 200, result);
  }
});
END
cat > client.mjs <<'END'
import { Client as V1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as Pipe1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Client as V2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as Pipe2 } from "@modelcontextprotocol/client/stdio";
async function run(name, client, Pipe, call, how) {
  let progress = 0, error = "none";
  client.onerror = (e) => (error = e.message.split(":")[0]);
  await client.connect(new Pipe({ command: process.execPath, args: ["server.mjs", how] }));
  const { content } = await call(client, { name: "buy", arguments: {} }, { onprogress: () => progress++ });
  await new Promise((done) => setTimeout(done, 200));
  await client.close();
  console.log(`${name}, ${how}: result ${content[0].text}, progress ${progress}, error ${error}`);
}
for (const how of ["together", "apart"]) {
  const info = { name: "c", version: "1" };
  await run("sdk 1.32.2", new V1(info), Pipe1, (c, p, o) => c.callTool(p, undefined, o), how);
  await run("client 2.4.0", new V2(info), Pipe2, (c, p, o) => c.callTool(p, o), how);
}
END

got=$(node client.mjs)
want='sdk 1.32.2, together: result bought, progress 0, error Received a progress notification for an unknown token
client 2.4.0, together: result bought, progress 0, error Received a progress notification for an unknown token
sdk 1.32.2, apart: result bought, progress 1, error none
client 2.4.0, apart: result bought, progress 1, error none'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
