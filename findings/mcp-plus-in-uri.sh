#!/usr/bin/env bash
# Go github.com/mark3labs/mcp-go v1.2.1 and npm @modelcontextprotocol/server 2.4.0
#
# Expected: a resource template did://number/{number} takes a number as people
# write it, +12025550143, and what a client expands comes back from match.
# Seen: mcp-go does not find did://number/+12025550143 at all, since a simple
# expansion never holds a bare plus; it finds %2B12025550143 and decodes it.
# The official library takes both, expands to %2B12025550143 as well, but
# match leaves it so: its own round trip ends in "%2B12025550143", not
# "+12025550143".
# For whom: whoever puts E.164 numbers into resource addresses. Use the digits
# alone; {+number} makes mcp-go take all three forms.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm install --no-audit --no-fund @modelcontextprotocol/server@2.4.0

cat > main.go <<'END'
package main

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func main() {
	ctx := context.Background()
	srv := server.NewMCPServer("s", "1")
	srv.AddResourceTemplate(mcp.NewResourceTemplate("did://number/{number}", "number"),
		func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			text := fmt.Sprint(r.Params.Arguments["number"])
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, Text: text}}, nil
		})
	c, err := client.NewInProcessClient(srv)
	if err != nil {
		panic(err)
	}
	if err := c.Start(ctx); err != nil {
		panic(err)
	}
	if _, err := c.Initialize(ctx, mcp.InitializeRequest{}); err != nil {
		panic(err)
	}
	for _, number := range []string{"12025550143", "+12025550143", "%2B12025550143"} {
		var req mcp.ReadResourceRequest
		req.Params.URI = "did://number/" + number
		res, err := c.ReadResource(ctx, req)
		if err != nil {
			fmt.Println("mcp-go,", number+":", err)
			continue
		}
		fmt.Println("mcp-go,", number+":", res.Contents[0].(mcp.TextResourceContents).Text)
	}
}
END
quiet go mod init finding
quiet go get github.com/mark3labs/mcp-go/client@v1.2.1 github.com/mark3labs/mcp-go/server@v1.2.1
cat > match.mjs <<'END'
import { UriTemplate } from "@modelcontextprotocol/server";
const template = new UriTemplate("did://number/{number}");
for (const number of ["12025550143", "+12025550143", "%2B12025550143"]) {
  console.log(`server 2.4.0, ${number}: ${template.match("did://number/" + number)?.number}`);
}
const there = template.expand({ number: "+12025550143" });
console.log(`server 2.4.0, round trip of +12025550143: ${template.match(there).number}`);
END

got=$(go run . && node match.mjs)
want=$(cat <<'END'
mcp-go, 12025550143: [12025550143]
mcp-go, +12025550143: invalid params: handler not found for resource URI 'did://number/+12025550143': resource not found
mcp-go, %2B12025550143: [+12025550143]
server 2.4.0, 12025550143: 12025550143
server 2.4.0, +12025550143: +12025550143
server 2.4.0, %2B12025550143: %2B12025550143
server 2.4.0, round trip of +12025550143: %2B12025550143
END
)
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
