package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/tools"
)

const (
	// heartbeat keeps the stream of a quiet client open through proxies, and
	// its session alive.
	heartbeat = 30 * time.Second

	// sessionIdle is how long a session lives that its client does not use.
	// A client with an open stream uses it.
	sessionIdle = 30 * time.Minute
)

// HTTP is how the protocol is served over HTTP.
type HTTP struct {
	// Listen is the address that the listener has, such as 127.0.0.1:8931.
	// It decides what is trusted: on loopback no client need be configured.
	Listen string

	// AllowedHosts are the host names and addresses, without port, that a
	// request may be addressed to, besides the address of Listen itself and,
	// on loopback, localhost and the loopback addresses.
	AllowedHosts []string

	// AllowedOrigins are the browser origins that may send requests, such as
	// https://app.example.net. Empty: no request from a browser page is served.
	AllowedOrigins []string

	// Clients are who may connect. Empty: whoever reaches the loopback address
	// is the LoopbackPrincipal.
	Clients           []Client
	LoopbackPrincipal tools.Principal

	// RequestsPerMinute bounds each caller, and each address without a valid
	// token. 0: no bound.
	RequestsPerMinute int

	// Refused is told the status of every request that is turned away before
	// the protocol sees it, such as 401 or 429. It is called from several
	// goroutines; nil = nobody is told.
	Refused func(status int)
}

// Handler serves the protocol on one path, whichever it is mounted on. It is
// safe for concurrent use.
type Handler struct {
	server   *Server
	mcp      *server.StreamableHTTPServer
	hosts    hosts
	origins  origins
	clients  clients
	sessions *sessions
	limit    *limiter
	refused  func(status int)
}

// Handler returns a handler for HTTP. It refuses an address beyond loopback
// without clients, an address that no host name leads to, and clients without
// name, role or token. [Handler.Close] must be called at the end.
func (s *Server) Handler(c HTTP) (*Handler, error) {
	hosts, loopback, err := newHosts(c.Listen, c.AllowedHosts)
	if err != nil {
		return nil, err
	}
	clients, err := newClients(c.Clients, c.LoopbackPrincipal)
	if err != nil {
		return nil, err
	}
	if clients.open() && !loopback {
		return nil, fmt.Errorf("http: %s is not a loopback address: without http.clients it is not served", c.Listen)
	}
	h := &Handler{
		server: s, hosts: hosts, origins: origins(c.AllowedOrigins), clients: clients,
		sessions: &sessions{owned: map[string][]string{}},
		limit:    newLimiter(c.RequestsPerMinute, s.now), refused: c.Refused,
	}
	h.mcp = server.NewStreamableHTTPServer(s.mcp,
		server.WithSessionIdManagerResolver(h.sessions),
		server.WithSessionIdleTTL(sessionIdle),
		server.WithHeartbeatInterval(heartbeat),
		server.WithDisableLocalhostProtection(true), // hosts is stricter, and allows a proxy on this machine
		server.WithStreamableHTTPLogger(s.transportLog()),
	)
	return h, nil
}

// Close ends the open streams and the sessions. Requests that are being
// served go on.
func (h *Handler) Close(ctx context.Context) error {
	if err := h.mcp.Shutdown(ctx); err != nil {
		return fmt.Errorf("close the sessions: %w", err)
	}
	return nil
}

// NewHTTPServer returns a server with the limits that suit this handler: time
// for headers, bodies and idle connections, but none for an answer, which may
// be a stream. Its Shutdown also ends the streams.
func (h *Handler) NewHTTPServer(handler http.Handler) *http.Server {
	srv := &http.Server{
		Handler:           impatient(handler),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          httpLog(h.server.log),
	}
	srv.RegisterOnShutdown(func() { _ = h.Close(context.Background()) })
	return srv
}

// ServeHTTP checks where a request comes from and who sends it, and lets
// mcp-go serve it. What is refused is answered with a JSON-RPC error as body.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := h.server.gate.Begin(r.Context())
	r = r.WithContext(ctx)
	out := newReply(w, r)
	out.tell = h.refused
	defer out.end()
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			out.refuse(http.StatusInternalServerError, h.server.broken(ctx, nil, fmt.Sprintf("panic in %s: %v", r.Method, p)))
		}
	}()
	out.fixed().Set("X-Request-Id", tools.RequestOf(ctx))
	out.fixed().Set("X-Accel-Buffering", "no")
	out.fixed().Set("X-Content-Type-Options", "nosniff")
	if h.fromElsewhere(out, r) {
		return
	}
	who, ok := h.identify(out, r)
	if !ok {
		return
	}
	ctx = withCaller(ctx, caller{
		who: who, session: r.Header.Get(mcp.HeaderSessionID),
		notify: out.notify, reached: out.events, begun: out.begun,
	})
	h.serve(out, r.WithContext(ctx), who)
}

// fromElsewhere answers requests that no client of ours would send: to a host
// name that is not ours, from a page that may not, with an unknown method,
// and the question of a browser whether it may ask.
func (h *Handler) fromElsewhere(out *reply, r *http.Request) bool {
	if !h.hosts.allow(r.Host) {
		out.refuse(http.StatusForbidden, &refusal{code: codeRefused, text: "this host name is not served: see http.allowed_hosts"})
		return true
	}
	if origin, sent := r.Header["Origin"]; sent {
		if !h.origins.allow(origin) {
			out.refuse(http.StatusForbidden, &refusal{code: codeRefused, text: "this origin is not served: see http.allowed_origins"})
			return true
		}
		h.origins.permit(out.fixed(), origin[0])
		if r.Method == http.MethodOptions {
			out.WriteHeader(http.StatusNoContent)
			return true
		}
	}
	switch r.Method {
	case http.MethodPost, http.MethodGet, http.MethodDelete:
		return false
	}
	out.fixed().Set("Allow", "POST, GET, DELETE")
	out.refuse(http.StatusMethodNotAllowed, &refusal{code: codeRefused, text: "the methods are POST, GET and DELETE"})
	return true
}

// identify finds out who asks, and whether not too often.
func (h *Handler) identify(out *reply, r *http.Request) (tools.Principal, bool) {
	who, ok := h.clients.identify(r.Header)
	caller := who.String()
	if !ok {
		caller = address(r.RemoteAddr)
	}
	if wait := h.limit.take(caller); wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		out.fixed().Set("Retry-After", fmt.Sprint(seconds))
		out.refuse(http.StatusTooManyRequests, &refusal{code: codeRefused, text: fmt.Sprintf("too many requests: try again in %d s", seconds)})
		return who, false
	}
	if !ok {
		h.server.log.Warn().Ctx(r.Context()).Str("remote", r.RemoteAddr).Msg("mcp: a request without a valid token")
		out.fixed().Set("WWW-Authenticate", `Bearer realm="didops"`)
		out.refuse(http.StatusUnauthorized, &refusal{code: codeRefused, text: "a valid bearer token is needed"})
	}
	return who, ok
}

// serve hands a request of a known caller to mcp-go, unless it can't be read
// or is not for it.
func (h *Handler) serve(out *reply, r *http.Request, who tools.Principal) {
	modern := mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion))
	if modern {
		r.Header.Del(mcp.HeaderSessionID) // has no meaning any more, so it can't have a wrong one
	}
	if r.Method != http.MethodPost {
		if modern || h.inSession(out, r, who) {
			h.mcp.ServeHTTP(out, r)
		}
		return
	}
	text, status, refused := body(out, r)
	if refused != nil {
		out.refuse(status, refused)
		return
	}
	m, refused := h.server.read(r.Context(), who, text)
	out.id = m.ID
	handshake := m.Method == string(mcp.MethodInitialize)
	switch {
	case !modern && !handshake && !modernBody(m) && refused == nil && !h.inSession(out, r, who):
	case refused != nil:
		out.refuse(statusOf(refused, modern), refused)
	case h.keeps(r, m, modern):
		out.WriteHeader(http.StatusAccepted)
	default:
		r.Body = io.NopCloser(bytes.NewReader(text))
		h.mcp.ServeHTTP(out, r)
	}
}

// keeps reports whether a message is not for mcp-go and wants no answer.
func (h *Handler) keeps(r *http.Request, m message, modern bool) bool {
	if modern {
		// Clients of this era cancel by closing the request. mcp-go would look
		// the id up among the requests of all of them.
		return m.Method == string(mcp.MethodNotificationCancelled)
	}
	return m.response() && h.server.dialogs.take(callerOf(r.Context()).party(), m)
}

// inSession reports whether the request names a session of the caller's, and
// answers it otherwise. mcp-go does not ask at a GET.
func (h *Handler) inSession(out *reply, r *http.Request, who tools.Principal) bool {
	switch id := r.Header.Get(mcp.HeaderSessionID); {
	case id == "":
		out.refuse(http.StatusBadRequest, &refusal{out.id, mcp.INVALID_REQUEST, "the header Mcp-Session-Id is missing: begin with initialize"})
	case !h.sessions.has(who.String(), id):
		out.refuse(http.StatusNotFound, &refusal{out.id, codeRefused, "there is no such session, or it has ended: begin with initialize"})
	default:
		return true
	}
	return false
}

// body reads the message of a request.
func body(out *reply, r *http.Request) ([]byte, int, *refusal) {
	text, err := out.body(r)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, http.StatusRequestEntityTooLarge, tooLong(requestID(bytes.NewReader(text)))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, http.StatusRequestTimeout, &refusal{code: codeRefused, text: "the body took too long to arrive"}
	}
	if err != nil {
		return nil, http.StatusBadRequest, &refusal{code: mcp.PARSE_ERROR, text: "the body could not be read to its end"}
	}
	return text, 0, nil
}

// statusOf is the HTTP status of a refused message. Clients of the handshake
// era read an error only out of an answer with status 200.
func statusOf(r *refusal, modern bool) int {
	if r.code == mcp.INVALID_PARAMS && !modern {
		return http.StatusOK
	}
	return http.StatusBadRequest
}
