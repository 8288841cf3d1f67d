package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/ratelimit"
	"didops/internal/request"
	"didops/tools"
)

// heartbeat keeps the stream of a quiet client open through proxies.
const heartbeat = 30 * time.Second

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

	// Clients are who may connect, and OAuth whose access tokens let others
	// in; nil: nobody's. With neither, whoever reaches the loopback address is
	// the LoopbackPrincipal.
	Clients           []Client
	OAuth             *OAuth
	LoopbackPrincipal identity.Principal

	// RequestsPerMinute bounds each caller, and each address without a valid
	// token. 0: no bound.
	RequestsPerMinute int

	// OpenPerCaller bounds how many requests each caller has open at a time,
	// and half of it how many of them are streams that only listen. 0: no bound.
	OpenPerCaller int

	// Refused is told the status of every request that is turned away before
	// the protocol sees it, such as 401 or 429. It is called from several
	// goroutines; nil = nobody is told.
	Refused func(status int)
}

// Check refuses what [Server.Handler] refuses, and serves nothing.
func (c HTTP) Check() error {
	_, _, err := c.sound()
	return err
}

func (c HTTP) sound() (hosts, *clients, error) {
	hosts, loopback, err := newHosts(c.Listen, c.AllowedHosts)
	if err != nil {
		return hosts, nil, err
	}
	clients, err := newClients(c)
	if err == nil && clients.open() && !loopback {
		err = fmt.Errorf("http: %s is not a loopback address: without http.clients or http.oauth it is not served", c.Listen)
	}
	return hosts, clients, err
}

// Handler serves the protocol on one path, whichever it is mounted on. It is
// safe for concurrent use.
type Handler struct {
	server   *Server
	mcp      *server.StreamableHTTPServer
	hosts    hosts
	origins  origins
	clients  *clients
	sessions *sessions
	limit    *ratelimit.Limiter
	shares   *shares
	refused  func(status int)
}

// Handler returns a handler for HTTP. It refuses an address beyond loopback
// without clients or OAuth, an address that no host name leads to, and clients
// without name, role or token. [Handler.Close] must be called at the end.
func (s *Server) Handler(c HTTP) (*Handler, error) {
	hosts, clients, err := c.sound()
	if err != nil {
		return nil, err
	}
	h := &Handler{
		server: s, hosts: hosts, origins: origins(c.AllowedOrigins), clients: clients,
		sessions: newSessions(s),
		limit:    ratelimit.New(c.RequestsPerMinute, s.now), refused: c.Refused,
		shares: newShares(c.OpenPerCaller),
	}
	h.mcp = server.NewStreamableHTTPServer(s.mcp,
		server.WithSessionIdManagerResolver(h.sessions),
		server.WithHTTPContextFunc(remember),
		server.WithHeartbeatInterval(heartbeat),
		server.WithDisableLocalhostProtection(true), // hosts is stricter, and allows a proxy on this machine
		server.WithStreamableHTTPLogger(s.transportLog()),
	)
	return h, nil
}

// Close ends the open streams. Requests that are being served go on.
func (h *Handler) Close(ctx context.Context) error {
	if err := h.mcp.Shutdown(ctx); err != nil {
		return fmt.Errorf("close the streams: %w", err)
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
	err := incident.Guard(r.Method, func() error {
		h.admit(out, r)
		return nil
	})
	if p, ok := errors.AsType[*incident.PanicError](err); ok {
		if abort, ok := p.Value.(error); ok && errors.Is(abort, http.ErrAbortHandler) {
			panic(abort) // net/http's own way to break off an answer
		}
		out.refuse(http.StatusInternalServerError, h.server.broken(ctx, nil, p))
	}
}

// admit serves a request of one who may connect, and refuses any other.
func (h *Handler) admit(out *reply, r *http.Request) {
	ctx := r.Context()
	out.fixed().Set("X-Request-Id", request.ID(ctx))
	out.fixed().Set("X-Accel-Buffering", "no")
	out.fixed().Set("X-Content-Type-Options", "nosniff")
	if h.fromElsewhere(out, r) {
		return
	}
	who, ok := h.identify(out, r)
	if !ok {
		return
	}
	ctx, leave, ok := h.shares.enter(ctx, who.String(), r.Method)
	if !ok {
		later(out, time.Second)
		out.refuse(http.StatusTooManyRequests, &refusal{code: codeRefused, text: "too many requests and streams of this caller are open: end some of them"})
		return
	}
	defer leave()
	h.serve(out, r.WithContext(withCaller(ctx, h.caller(out, r, who))), who)
}

// caller is who sent a request, in the session that it names if that is one of
// the caller's.
func (h *Handler) caller(out *reply, r *http.Request, who identity.Principal) caller {
	c := caller{who: who, scoped: h.clients.scoped(who), notify: out.notify, reached: out.events, begun: out.begun}
	c.opened = func(ctx context.Context, v sessionClaims) {
		out.fixed().Set(mcp.HeaderSessionID, h.sessions.open(ctx, who.String(), v))
	}
	id := r.Header.Get(mcp.HeaderSessionID)
	if id == "" {
		return c
	}
	if v, ok := h.sessions.find(r.Context(), who.String(), id); ok {
		c.session, c.claims = id, &v
	}
	return c
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
func (h *Handler) identify(out *reply, r *http.Request) (identity.Principal, bool) {
	who, no := h.clients.identify(r.Context(), r.Header)
	caller := who.String()
	if no != nil {
		caller = ratelimit.Caller(r.RemoteAddr)
	}
	if h.tooOften(out, caller) {
		return who, false
	}
	if no != nil {
		h.server.log.Warn().Ctx(r.Context()).Str("remote", r.RemoteAddr).Str("why", no.text).Msg("mcp: a request without a valid token")
		h.deny(out, r, no)
	}
	return who, no == nil
}

// tooOften counts a request, and answers it if its caller has to wait.
func (h *Handler) tooOften(out *reply, caller string) bool {
	wait := h.limit.Take(caller)
	if wait > 0 {
		later(out, wait)
		out.refuse(http.StatusTooManyRequests, &refusal{code: codeRefused, text: fmt.Sprintf("too many requests: try again in %d s", seconds(wait))})
	}
	return wait > 0
}

// later tells the client when to try again.
func later(out *reply, wait time.Duration) { out.fixed().Set("Retry-After", fmt.Sprint(seconds(wait))) }

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// serve hands a request of a known caller to mcp-go, unless it can't be read
// or is not for it.
func (h *Handler) serve(out *reply, r *http.Request, who identity.Principal) {
	if r.Method != http.MethodPost {
		h.bodyless(out, r, mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)))
		return
	}
	text, status, refused := body(out, r)
	if refused != nil {
		out.refuse(status, refused)
		return
	}
	m, refused := h.server.read(r.Context(), who, text)
	out.id = m.ID
	r, modern := eraOf(r, m)
	switch {
	case refused == nil && !modern && m.needsSession() && !h.inSession(out, r):
	case refused != nil:
		h.refuse(out, r, refused, modern)
	case !modern && m.response():
		h.hear(out, r, m)
	case modern && m.Method == string(mcp.MethodNotificationCancelled):
		// Clients of this era cancel by closing the request. mcp-go would look
		// the id up among the requests of all of them.
		out.WriteHeader(http.StatusAccepted)
	case modern && !m.response() && !modernBody(m):
		out.refuse(http.StatusBadRequest, &refusal{code: mcp.INVALID_PARAMS, text: "the header Mcp-Protocol-Version says " +
			mcp.ProtocolVersion20260728 + ", and the message does not say so in its _meta: say it in both, or begin with initialize"})
	default:
		h.answer(out, r, m)
	}
}

// refuse answers a message that mcp-go does not get. Whoever might have a token
// that allows it is told the scope.
func (h *Handler) refuse(out *reply, r *http.Request, refused *refusal, modern bool) {
	if refused.beyond {
		h.deny(out, r, beyond(scopeOrder))
		return
	}
	out.refuse(statusOf(refused, modern), refused)
}

// bodyless serves the requests to open a stream and to end a session.
func (h *Handler) bodyless(out *reply, r *http.Request, modern bool) {
	if !modern && !h.inSession(out, r) {
		return
	}
	if modern {
		r.Header.Del(mcp.HeaderSessionID)
	}
	if r.Method == http.MethodGet {
		r.Header.Set(mcp.HeaderSessionID, newSession().id) // mcp-go would mix up two streams of one session
	}
	h.mcp.ServeHTTP(out, r)
}

// hear takes what a client of the handshake era answers to us. It is accepted
// whatever it is: whether a question is still open is nobody else's business,
// and clients have been seen to break off when their answer is refused.
//
// The question may be that of a call which another process serves. Then the
// answer is carried out here, after the client has been told that it arrived,
// and the other process finds it in the store.
func (h *Handler) hear(out *reply, r *http.Request, m message) {
	from := callerOf(r.Context())
	tool, handle, ours := askedBy(m.ID)
	if h.server.dialogs.take(from, m) || !ours {
		out.WriteHeader(http.StatusAccepted)
		return
	}
	out.fixed().Set("Content-Length", "0")
	if r.ProtoMajor == 1 {
		out.fixed().Set("Connection", "close") // the next request on it would have to wait
	}
	out.WriteHeader(http.StatusAccepted)
	out.Flush()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), callTime)
	defer cancel()
	from.who.Client, from.who.Elicits = from.claims.Program, from.who.Elicits && from.claims.Forms
	_, err := h.server.gate.Answer(ctx, handle, tools.Call{
		Tool: tool, Frontend: identity.FrontMCP, Principal: from.who, Dialog: from.session,
	}, answerOf(m))
	if err != nil {
		h.server.log.Debug().Err(err).Str("tool", tool).Msg("mcp: an answer decided nothing")
	}
}

// inSession reports whether the request names a session of the caller's, and
// answers it otherwise. mcp-go does not ask at a GET.
func (h *Handler) inSession(out *reply, r *http.Request) bool {
	switch {
	case r.Header.Get(mcp.HeaderSessionID) == "":
		out.refuse(http.StatusBadRequest, &refusal{id: out.id, code: mcp.INVALID_REQUEST, text: "the header Mcp-Session-Id is missing: begin with initialize"})
	case callerOf(r.Context()).claims == nil:
		out.refuse(http.StatusNotFound, &refusal{id: out.id, code: codeRefused, text: "there is no such session, or it has ended: begin with initialize"})
	default:
		return true
	}
	return false
}

// body reads the message of a request.
func body(out *reply, r *http.Request) ([]byte, int, *refusal) {
	text, err := out.body(r)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, http.StatusRequestEntityTooLarge, tooLong(requestID(bytes.NewReader(unmarked(text))))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, http.StatusRequestTimeout, &refusal{code: codeRefused, text: "the body took too long to arrive"}
	}
	if err != nil {
		return nil, http.StatusBadRequest, &refusal{code: mcp.PARSE_ERROR, text: "the body could not be read to its end"}
	}
	return unmarked(text), 0, nil
}

// unmarked returns a text without what stands before its message.
func unmarked(text []byte) []byte { return bytes.TrimLeft(text, byteOrderMark+blank) }

// statusOf is the HTTP status of a refused message. Clients of the handshake
// era read an error only out of an answer with status 200.
func statusOf(r *refusal, modern bool) int {
	if (r.code == mcp.INVALID_PARAMS || r.code == mcp.RESOURCE_NOT_FOUND) && !modern {
		return http.StatusOK
	}
	return http.StatusBadRequest
}
