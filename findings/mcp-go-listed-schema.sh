#!/usr/bin/env bash
# Go github.com/mark3labs/mcp-go v1.2.1
#
# Expected: the tool that a client lists has the schema that the server sent;
# Tool has a RawInputSchema for what InputSchema can't hold.
# Seen: of the root only type, properties, required, additionalProperties and
# $defs survive. oneOf, dependentRequired, minProperties and description are
# dropped without an error, RawInputSchema stays empty, and "required": [] is
# added. The root of outputSchema loses the same.
# For whom: gateways and agents on this client, and tests that read a schema
# through it: "a number or a prefix, not both" is not what the model gets.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const schema = `{"type":"object","description":"a number or a prefix","minProperties":1,` +
	`"properties":{"number":{"type":"string"},"prefix":{"type":"string"},"limit":{"type":"integer"}},` +
	`"oneOf":[{"required":["number"]},{"required":["prefix"]}],"dependentRequired":{"limit":["prefix"]}}`

func main() {
	ctx := context.Background()
	srv := server.NewMCPServer("s", "1")
	tool := mcp.NewToolWithRawSchema("search", "", json.RawMessage(schema))
	tool.RawOutputSchema = json.RawMessage(schema)
	srv.AddTool(tool, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("ok"), nil
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
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		panic(err)
	}
	for _, in := range []any{list.Tools[0].InputSchema, list.Tools[0].OutputSchema} {
		text, err := json.Marshal(in)
		fmt.Println(string(text), err)
	}
	fmt.Println("raw:", len(list.Tools[0].RawInputSchema), len(list.Tools[0].RawOutputSchema))
}
END
quiet go mod init finding
quiet go get github.com/mark3labs/mcp-go/client@v1.2.1 github.com/mark3labs/mcp-go/server@v1.2.1

got=$(go run . 2> log) || { cat log; exit 1; }
want='{"properties":{"number":{"type":"string"},"prefix":{"type":"string"},"limit":{"type":"integer"}},"required":[],"type":"object"} <nil>
{"properties":{"number":{"type":"string"},"prefix":{"type":"string"},"limit":{"type":"integer"}},"required":[],"type":"object"} <nil>
raw: 0 0'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
