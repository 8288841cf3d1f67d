package mcp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/sanitize"
	"didops/tools"
)

// call is the handler of every tool. It never returns an error: mcp-go would
// make a protocol error of it, which models do not get to read.
func (s *Server) call(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	ctx = s.gate.Begin(ctx)
	from := callerOf(ctx)
	from.who.Client = s.program(ctx)
	from.who.Elicits = from.who.Elicits && hasForms(ctx) && (server.IsModernRequest(ctx) || from.canAsk())
	progress := s.progress(req.Params.Meta, from.notify)
	defer progress.end(ctx)
	dialog := ""
	if !server.IsModernRequest(ctx) {
		dialog = from.session
	}
	t := &toolCall{Server: s, from: from, progress: progress, begun: s.now(), call: tools.Call{
		Tool:      req.Params.Name,
		Args:      argsOf(ctx, req),
		Frontend:  identity.FrontMCP,
		Principal: from.who,
		Dialog:    dialog,
		Progress:  progress.report(),
	}}
	var result *mcp.CallToolResult
	err := s.boundary.Guard(ctx, "the answer of "+req.Params.Name, func() (err error) {
		if result, err = t.run(ctx, req.Params.MultiRoundTripParams); err == nil {
			err = t.becomeTask(ctx)
		}
		return err
	})
	if err != nil {
		return failure(err), nil
	}
	return result, nil
}

// program is the client as it names itself; empty if it does not.
func (s *Server) program(ctx context.Context) string {
	var info mcp.Implementation
	if p := server.RequestProtocolInfoFromContext(ctx); p != nil && p.ClientInfo != nil {
		info = *p.ClientInfo
	} else if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		info = session.GetClientInfo()
	}
	return s.named(info)
}

func (s *Server) named(client mcp.Implementation) string {
	return sanitize.Clean(s.gate.Masked(client.Name+" "+client.Version), 64)
}

// failure is the result of a call that failed: code, message and hint as
// structured content for programs, and as a sentence for models.
func failure(err error) *mcp.CallToolResult {
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, "internal error")
	}
	data, _ := json.Marshal(map[string]*fault.Error{"error": f}) // texts and a number can always be written
	return &mcp.CallToolResult{
		RawStructuredContent: data,
		Content:              []mcp.Content{mcp.NewTextContent(sentence(f))},
		IsError:              true,
	}
}

func sentence(f *fault.Error) string {
	if f.Hint == "" {
		return f.Message
	}
	return strings.TrimRight(f.Message, ".?!") + "; " + f.Hint
}
