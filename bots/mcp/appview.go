package mcp

import (
	"context"
	_ "embed"
	"maps"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// uiExtension is the extension by which hosts show a page of ours beside a
// result (MCP Apps, 2026-01-26). It exists in both eras; only to clients that
// declare it tools have a page, and the page is there.
const uiExtension = "io.modelcontextprotocol/ui"

const (
	viewURI  = "ui://didops/result.html"
	viewMIME = "text/html;profile=mcp-app"
)

// viewPage draws any result of ours out of its structured content: tables of
// rows, and an order with its money first and where it is decided. It is one
// file with no part elsewhere, under a policy of its own that lets nothing else
// run or load, calls no tool and so approves nothing; a click opens at most an
// address that an order names as a place where it is decided.
//
//go:embed view/result.html
var viewPage string

// showsViews reports whether a client can show the page.
func showsViews(has mcp.ClientCapabilities) bool {
	settings, ok := has.Extensions[uiExtension].(map[string]any)
	if !ok {
		return false
	}
	kinds, named := settings["mimeTypes"].([]any)
	return !named || slices.Contains(kinds, any(viewMIME))
}

// capabilities are what the client of a request can do.
func capabilities(ctx context.Context) (has mcp.ClientCapabilities) {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		if info.ClientCapabilities != nil {
			has = *info.ClientCapabilities
		}
	} else if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		has = session.GetClientCapabilities()
	}
	return has
}

// viewMeta is the metadata of a tool whose results the page draws, beside what
// it has.
func viewMeta(meta *mcp.Meta) *mcp.Meta {
	fields := map[string]any{"ui": map[string]any{"resourceUri": viewURI}}
	if meta != nil {
		maps.Copy(fields, meta.AdditionalFields)
	}
	return &mcp.Meta{AdditionalFields: fields}
}

// addView offers the page.
func (s *Server) addView() {
	meta := map[string]any{"ui": map[string]any{"csp": map[string]any{}, "prefersBorder": true}}
	s.mcp.AddResource(mcp.NewResource(viewURI, "result", mcp.WithMIMEType(viewMIME)), func(ctx context.Context, _ mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		if !showsViews(capabilities(ctx)) {
			own := ownAnswerTo(ctx)
			if own != nil {
				own.refuse(noResource(server.IsModernRequest(ctx)), "there is no resource "+viewURI, nil)
			}
			return nil, server.ErrResourceNotFound
		}
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: viewURI, MIMEType: viewMIME, Text: viewPage, Meta: meta}}, nil
	})
}
