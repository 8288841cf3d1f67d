package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"didops/internal/config"
	"didops/internal/exchange/tcxc"
	"didops/internal/identity"
	"didops/internal/render"
	"didops/tools"
	"didops/tools/did"
)

// yardstickCommand makes this program the SDK's server.
const yardstickCommand = "yardstick"

// yardstick serves did_search on the official Go SDK until ctx ends. What is
// the same as in didops: the operation with its schemas, the gate in front of
// it, the rendering, the limits of the exchange, and that every client has a
// token, here checked by the SDK's own middleware.
//
// What didops does besides and this does not: it bounds the requests of each
// caller, the connections and the time for every piece of a message, checks
// host names and origins, refuses bad messages in its own words, seals
// sessions so that every replica knows them, offers all operations, and logs
// every call. The SDK keeps sessions in memory, each on the replica that opened
// it.
func yardstick(ctx context.Context, path string, log io.Writer) error {
	c, err := config.Load(config.Source{Flag: path})
	if err != nil {
		return err
	}
	gate, err := gateOf(c)
	if err != nil {
		return err
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.HTTP.Listen)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(log, "serving %s\n", socket.Addr())
	web := &http.Server{Handler: sdkHandler(c, gate), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = web.Close() })()
	if err := web.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// sdkHandler serves a gate by the SDK: each era at a path of its own.
func sdkHandler(c *config.Config, gate *tools.Gate) http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "yardstick", Version: "1.0.0"}, nil)
	for _, t := range gate.Catalog().Tools() {
		server.AddTool(&mcp.Tool{
			Name: t.Name().String(), Title: t.Title(), Description: t.Summary(),
			InputSchema: t.InputSchema(), OutputSchema: t.CompactSchema(),
		}, toolHandler(gate))
	}
	get := func(*http.Request) *mcp.Server { return server }
	known := auth.RequireBearerToken(verifier(c), nil)
	mux := http.NewServeMux()
	mux.Handle("/mcp", known(mcp.NewStreamableHTTPHandler(get, &mcp.StreamableHTTPOptions{JSONResponse: true})))
	mux.Handle("/stateless", known(mcp.NewStreamableHTTPHandler(get, &mcp.StreamableHTTPOptions{JSONResponse: true, Stateless: true})))
	return mux
}

// gateOf opens the exchange and returns the gate, as didops does, but for what
// needs a store.
func gateOf(c *config.Config) (*tools.Gate, error) {
	client, err := tcxc.New(tcxc.Options{
		URL: c.Exchange.URL, Login: c.Exchange.Login, Key: c.Exchange.Key.Reveal(),
		Timeout: c.Exchange.Timeout, RequestsPerSecond: c.Exchange.RequestsPerSecond, PageSize: c.Exchange.PageSize,
		ReadDeadline: c.Exchange.ReadDeadline,
	})
	if err != nil {
		return nil, err
	}
	declarations, err := did.Operations(did.Config{
		Reader: client.Reader(), Scope: c.Exchange.URL + " " + c.Exchange.Login, Currency: c.Exchange.Currency,
		MaxRows: c.Exchange.MaxRows, Deadline: c.Exchange.ReadDeadline, Cache: c.Exchange.Cache, Now: now,
	})
	if err != nil {
		return nil, err
	}
	catalog, err := tools.NewCatalog(declarations...)
	if err != nil {
		return nil, err
	}
	return tools.NewGate(tools.GateConfig{Catalog: catalog, Now: now})
}

// toolHandler passes calls on to the gate.
func toolHandler(gate *tools.Gate) mcp.ToolHandler {
	return func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		who := r.Extra.TokenInfo.UserID
		out, err := gate.Call(ctx, tools.Call{
			Tool: r.Params.Name, Args: r.Params.Arguments, Frontend: identity.FrontMCP,
			Principal: identity.Principal{Realm: identity.HTTP, ID: who, Name: who, Role: identity.Requester},
		})
		return resultOf(out, err), nil
	}
}

// resultOf is what a model reads: the outcome of a call, or why it failed.
func resultOf(out tools.Result, err error) *mcp.CallToolResult {
	if err != nil {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: err.Error()}}, IsError: true}
	}
	data, err := out.Compact()
	if err != nil {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: err.Error()}}, IsError: true}
	}
	return &mcp.CallToolResult{StructuredContent: data, Content: []mcp.Content{&mcp.TextContent{Text: render.Markdown(out.Doc)}}}
}

// verifier knows the tokens of the configured clients.
func verifier(c *config.Config) auth.TokenVerifier {
	names := map[string]string{}
	for _, client := range c.HTTP.Clients {
		names[client.TokenSHA256] = client.Name
	}
	return func(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		sum := sha256.Sum256([]byte(token))
		name, ok := names[hex.EncodeToString(sum[:])]
		if !ok {
			return nil, auth.ErrInvalidToken
		}
		return &auth.TokenInfo{UserID: name, Expiration: now().Add(time.Hour)}, nil
	}
}
