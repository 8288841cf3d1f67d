package mcp

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"didops/internal/ratelimit"
)

// patience is how long a client has to send its first request to a server that
// can't serve it. Hosts send it at once.
const patience = 10 * time.Second

// Unserved answers the first request on in with why nothing is served, and
// returns: hosts show people the error that answers their handshake, and of a
// server that ends without one only that it did. Without a request it returns
// when in or ctx ends, or after ten seconds. A Read of in that does not return
// is left behind.
func Unserved(ctx context.Context, in io.Reader, out io.Writer, why string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lines := make(chan line)
	go feed(ctx, in, lines, func() {})
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-lines:
			if l.err != nil {
				return
			}
			var m message
			answer := &refusal{code: codeRefused, text: why}
			switch {
			case l.refusal != nil:
				answer.id = l.refusal.id
			case json.Unmarshal(l.text, &m) == nil && !m.request():
				continue
			default:
				answer.id = m.ID
			}
			_, _ = out.Write(append(answer.bytes(), '\n')) // nobody is left to tell
			return
		}
	}
}

// bringToken says to who comes without a token how to bring one, where tokens
// are not had by signing in.
const bringToken = "a valid bearer token is needed: have the client send the header \"Authorization: Bearer TOKEN\", " +
	"with a token that [[http.clients]] of this didops names; there is no signing in here"

// Registration returns a handler for the address where clients that have no
// token try to register themselves for signing in (RFC 7591), which is /register
// where they are told of no issuer. It says how to bring a token instead:
// clients show people this answer, and not that to their first request.
func (h *Handler) Registration() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := newReply(w, r)
		defer out.end()
		out.fixed().Set("X-Content-Type-Options", "nosniff")
		if h.fromElsewhere(out, r) || h.tooOften(out, ratelimit.Caller(r.RemoteAddr)) {
			return
		}
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(out).Encode(map[string]string{"error": "access_denied", "error_description": bringToken})
	})
}
