#!/usr/bin/env bash
# Go github.com/mark3labs/mcp-go v1.2.1
#
# Expected: mcp.NewTool("quote", mcp.WithRawInputSchema(schema)) makes a tool
# with that schema; the library's guide names this option for constraints that
# struct tags can't express.
# Seen: NewTool has filled InputSchema already, AddTool takes the tool that now
# has both, and only writing the list fails. Over HTTP tools/list is then 200,
# application/json, zero bytes, so every other tool is gone too; the reason
# stands in the server's log alone. NewToolWithRawSchema answers as it should.
# For whom: anybody with a pattern or a limit in a schema (phone numbers!).
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
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

var schema = json.RawMessage(`{"type":"object","properties":{"number":{"type":"string","pattern":"^[1-9][0-9]{6,14}$"}}}`)

func list(name string, quote mcp.Tool) {
	handler := func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("ok"), nil
	}
	srv := server.NewMCPServer("s", "1")
	srv.AddTool(mcp.NewTool("search"), handler)
	srv.AddTool(quote, handler)
	body := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	req := httptest.NewRequest(http.MethodPost, "/mcp", body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	res := httptest.NewRecorder()
	server.NewStreamableHTTPServer(srv, server.WithStateLess(true)).ServeHTTP(res, req)
	text := res.Body.String()
	fmt.Printf("%s: status %d, %s, empty %v, search listed %v, quote listed %v\n", name, res.Code,
		res.Header().Get("Content-Type"), text == "", strings.Contains(text, `"search"`), strings.Contains(text, `"quote"`))
}

func main() {
	list("NewTool with WithRawInputSchema", mcp.NewTool("quote", mcp.WithRawInputSchema(schema)))
	list("NewToolWithRawSchema", mcp.NewToolWithRawSchema("quote", "", schema))
}
END
quiet go mod init finding
quiet go get github.com/mark3labs/mcp-go/server@v1.2.1

got=$(go run . 2> log && grep -o 'tool quote has both InputSchema and RawInputSchema set' log) || { cat log; exit 1; }
want='NewTool with WithRawInputSchema: status 200, application/json, empty true, search listed false, quote listed false
NewToolWithRawSchema: status 200, application/json, empty false, search listed true, quote listed true
tool quote has both InputSchema and RawInputSchema set'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
