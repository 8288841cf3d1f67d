#!/usr/bin/env bash
# npm @anthropic-ai/mcpb 2.1.2
#
# Expected: a setting that the person leaves empty does not reach the server,
# and "validate" finds a ${user_config.x} that the manifest doesn't declare.
# Seen: the package's own function that makes a command of a manifest hands over
# the placeholder itself: API_KEY is the text "${user_config.api_key}". A misspelt
# name passes validate, as does a default outside its own min and max, and comes
# through the same way. Only with "required" is an empty setting told.
# For whom: bundles with an optional key, as for a sandbox mode: the server takes
# the text for a key and is refused far away. Treat a value that starts with
# "${user_config." as absent, or give every setting a default.
# Upstream: modelcontextprotocol/mcpb#251.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm install --no-audit --no-fund @anthropic-ai/mcpb@2.1.2

cat > manifest.json <<'END'
{
  "manifest_version": "0.3", "name": "example", "version": "1.0.0", "description": "An example",
  "author": { "name": "Example" },
  "server": {
    "type": "binary", "entry_point": "server/example",
    "mcp_config": {
      "command": "${__dirname}/server/example", "args": [],
      "env": { "API_KEY": "${user_config.api_key}", "LIMIT": "${user_config.limit}", "TYPO": "${user_config.limitt}" }
    }
  },
  "user_config": {
    "api_key": { "type": "string", "title": "Key", "description": "Leave empty for the sandbox", "sensitive": true },
    "limit": { "type": "number", "title": "Limit", "description": "Per day", "default": 500, "min": 1, "max": 100 }
  }
}
END
cat > start.mjs <<'END'
import { readFileSync } from "node:fs";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";
const manifest = JSON.parse(readFileSync("manifest.json", "utf8"));
const start = (userConfig) =>
  getMcpConfigForManifest({ manifest, userConfig, extensionPath: "/bundle", systemDirs: {}, pathSeparator: "/" });
console.log("nothing filled in:", JSON.stringify((await start({})).env));
console.log("key filled in:", JSON.stringify((await start({ api_key: "k" })).env));
manifest.user_config.api_key.required = true;
console.log("required, nothing filled in:", await start({}));
END

got=$(node_modules/.bin/mcpb validate manifest.json 2>&1 && node start.mjs)
want=$(cat <<'END'
Manifest schema validation passes!
nothing filled in: {"API_KEY":"${user_config.api_key}","LIMIT":"500","TYPO":"${user_config.limitt}"}
key filled in: {"API_KEY":"k","LIMIT":"500","TYPO":"${user_config.limitt}"}
required, nothing filled in: undefined
END
)
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
