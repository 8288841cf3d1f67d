package mcp

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"didops/internal/identity"
	"didops/internal/incident"
	"didops/tools"
)

// instructions is what every client is told at the start. Clients put it in
// front of the model on every request: facts, and few of them.
const instructions = "Telephone numbers (DIDs) of an exchange. Amounts are decimal strings in the currency of the result; " +
	"monthly fees are per number. next_cursor, where present, is the cursor of the next page. " +
	"Results with sandbox: true are invented. " +
	"An order with state pending or unknown is not done; only a person can approve it, outside of this conversation."

// instructionsOfTasks go with them where there are tasks: hosts that follow one
// tell the model that it runs, and nothing else.
const instructionsOfTasks = " A call that goes on as a task is an order that waits for a person: the list of orders says how it is decided."

// listTTL is how long a client may keep the list of tools. The list changes
// only with the program and with the caller's role.
const listTTL = 5 * time.Minute

// Config is what a [Server] is made of.
type Config struct {
	Gate    *tools.Gate      // needed
	Version string           // of the program, shown to clients
	Log     zerolog.Logger   // must not write to standard output; the zero Logger logs nothing
	Now     func() time.Time // needed; paces progress and counts requests

	// Secret returns a key that every process on one store is given, and nobody
	// else: sessions that one of them opens are then known to all. It may fail
	// for a while. nil: sessions are known to the Handler that opened them.
	Secret func(context.Context) ([]byte, error)

	// Page is the address of the page on which orders are decided, without a slash
	// at its end; "" = there is none.
	Page string

	// Sessions keeps when sessions were used last. nil: each process knows for
	// itself, and counts a session that it sees first as used when it began.
	Sessions SessionStore
}

// Server offers the operations of a gate to MCP clients. It is safe for
// concurrent use; one Server may serve any number of [Server.Stdio] and
// [Server.Handler] at once.
type Server struct {
	gate     *tools.Gate
	mcp      *server.MCPServer
	info     mcp.Implementation // what clients are told that this is
	log      zerolog.Logger
	boundary incident.Boundary
	now      func() time.Time
	page     string // "" = there is none
	dialogs  *dialogs
	secret   func(context.Context) ([]byte, error) // may be nil
	sessions SessionStore                          // may be nil

	leaving context.Context // no call has it: ends when nobody is asked any more
	leave   context.CancelFunc
}

// New returns a server for the gate. It compiles nothing and reads nothing.
// A missing gate or clock and a tool whose schemas are not JSON objects are errors.
func New(c Config) (*Server, error) {
	if c.Gate == nil || c.Now == nil {
		return nil, errors.New("mcp: a gate and a clock are needed")
	}
	s := &Server{gate: c.Gate, log: c.Log, now: c.Now, page: c.Page, secret: c.Secret, sessions: c.Sessions, dialogs: &dialogs{open: map[string]dialog{}, quiet: newQuiet(c.Now)}}
	s.boundary = incident.Boundary{Log: &s.log, Name: "mcp"}
	s.leaving, s.leave = context.WithCancel(context.Background())
	s.info = mcp.Implementation{Name: "didops", Version: c.Version, Title: "didops: telephone numbers"}
	s.mcp = server.NewMCPServer(s.info.Name, s.info.Version,
		server.WithTitle(s.info.Title),
		server.WithInstructions(instructions),
		server.WithToolCapabilities(false),
		server.WithCacheHints(listTTL.Milliseconds(), mcp.CacheScopePrivate),
		s.beside(),
		server.WithLogger(s.transportLog()),
		server.WithHooks(s.hooks()),
	)
	var list []server.ServerTool
	for _, t := range c.Gate.Catalog().Tools() {
		described, err := describe(t)
		if err != nil {
			return nil, err
		}
		list = append(list, server.ServerTool{Tool: described, Handler: s.call})
	}
	s.mcp.AddTools(list...)
	s.addResources()
	s.addView()
	s.addPrompts()
	return s, nil
}

// beside are the options for what the server has besides tools: addresses,
// prompts, completions, and, where there are orders to follow, tasks.
func (s *Server) beside() server.ServerOption {
	list := []server.ServerOption{
		server.WithResourceCapabilities(false, false),
		server.WithPromptCapabilities(false),
		server.WithPromptFilter(s.mayPrompt),
		server.WithCompletions(),
		server.WithResourceCompletionProvider(completer{s}),
		server.WithPromptCompletionProvider(completer{s}),
		server.WithMethodCacheHints(mcp.MethodResourcesList, 0, mcp.CacheScopePrivate), // orders come and go
		server.WithMethodCacheHints(mcp.MethodResourcesRead, 0, mcp.CacheScopePrivate),
	}
	asking := s.gate.Tools(identity.FrontMCP, identity.Principal{Role: identity.Requester})
	if slices.ContainsFunc(asking, (*tools.Tool).Orders) {
		list = append(list, server.WithExtensions(map[string]any{tasksExtension: struct{}{}}), server.WithInstructions(instructions+instructionsOfTasks))
	}
	return func(m *server.MCPServer) {
		for _, set := range list {
			set(m)
		}
	}
}

// offered reports whether the caller may call the tool.
func (s *Server) offered(who identity.Principal, name string) bool {
	return slices.ContainsFunc(s.gate.Tools(identity.FrontMCP, who), func(t *tools.Tool) bool { return t.Name().String() == name })
}

// hooks takes out of a list what the caller may not call, nor with another
// token of the same issuer, opens a session when
// a handshake over HTTP is done, and holds the answer to subscriptions/listen back until mcp-go has begun to write the
// acknowledgement, which it queues. It would otherwise drop one in ten. There
// is nothing to listen to, so the answer follows at once.
func (s *Server) hooks() *server.Hooks {
	var h server.Hooks
	h.AddAfterListTools(func(ctx context.Context, _ any, _ *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		from := callerOf(ctx)
		who := from.who
		if from.scoped {
			who.Role = max(who.Role, identity.Requester) // or its client would not learn what to ask a wider token for
		}
		result.Tools = slices.DeleteFunc(result.Tools, func(t mcp.Tool) bool { return !s.offered(who, t.Name) })
		shows := showsViews(capabilities(ctx))
		for i := range result.Tools {
			if t, ok := s.gate.Catalog().Tool(result.Tools[i].Name); ok {
				result.Tools[i].RawInputSchema = t.InputSchema() // what a reload has changed
				if shows {
					result.Tools[i].Meta = viewMeta(result.Tools[i].Meta)
				}
			}
		}
	})
	h.AddAfterListResources(s.listResources)
	h.AddAfterListResourceTemplates(s.listTemplates)
	h.AddAfterInitialize(func(ctx context.Context, _ any, asked *mcp.InitializeRequest, result *mcp.InitializeResult) {
		result.Capabilities.Extensions = nil // are of the newer era
		if opened := callerOf(ctx).opened; opened != nil {
			opened(ctx, sessionClaims{
				Version: result.ProtocolVersion, Program: s.named(asked.Params.ClientInfo), Forms: fillsIn(asked.Params.Capabilities), Opens: opens(asked.Params.Capabilities), Views: showsViews(asked.Params.Capabilities),
			})
		}
	})
	h.AddAfterSubscriptionsListen(func(ctx context.Context, _ any, _ *mcp.SubscriptionsListenRequest, _ *mcp.SubscriptionsListenResult) {
		if begun := callerOf(ctx).begun; begun != nil {
			select {
			case <-begun:
			case <-ctx.Done():
			}
		}
	})
	return &h
}

// transportLog is the log for mcp-go's own lines.
func (s *Server) transportLog() *slog.Logger {
	return slog.New(discreet{zerolog.NewSlogHandler(s.log), s.gate.Masked})
}

// caller is who sent a request and how to reach the client while it is being
// served.
type caller struct {
	who     identity.Principal
	scoped  bool                                 // another token of the same issuer may have another role
	session string                               // of the handshake era; "" = none
	claims  *sessionClaims                       // that the session over HTTP stands for; nil: there is none
	notify  func(message []byte)                 // sends one JSON-RPC message that is no answer; never nil
	reached bool                                 // what notify sends gets there
	opened  func(context.Context, sessionClaims) // told of a handshake over HTTP; may be nil
	begun   <-chan struct{}                      // closed when the answer has begun as an event stream; nil: it is none
}

// canAsk reports whether the client can be asked while its request is served.
func (c caller) canAsk() bool { return c.reached && c.session != "" }

// key is the caller as one who is asked something.
func (c caller) key() sessionKey { return sessionKey{c.who.String(), c.session} }

// asked is the caller as a client whose person answers or does not: of the
// newer era, which has no sessions over HTTP, all of one program.
func (c caller) asked() sessionKey {
	key := c.key()
	if key.session == "" {
		key.session = "program " + c.who.Client
	}
	return key
}

type callerKey struct{}

// withCaller puts the caller into the context of a request: mcp-go's handlers
// are given nothing else of ours.
func withCaller(ctx context.Context, c caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf returns the caller of a request. Without one it returns a
// principal that may call nothing.
func callerOf(ctx context.Context) caller {
	if c, ok := ctx.Value(callerKey{}).(caller); ok {
		return c
	}
	return caller{notify: func([]byte) {}}
}

// Leave takes back the questions that clients are being asked while their
// calls wait: those calls return the order as it is. It returns at once.
func (s *Server) Leave() { s.leave() }
