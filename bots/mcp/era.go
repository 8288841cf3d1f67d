package mcp

import (
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
)

// eraOf reports of which era a message is, and returns its request as one of
// that era. The header tells, but for two kinds of messages that are of the
// handshake era whatever it says, since clients put the newest version that
// they know there: the handshake, whose version is that of its params, and what
// is sent in a session, whose version was agreed on.
func eraOf(r *http.Request, m message) (*http.Request, bool) {
	if !mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) {
		if m.Method == string(mcp.MethodInitialize) && !modernBody(m) {
			r.Header.Del(mcp.HeaderProtocolVersion)
		}
		return r, false
	}
	from := callerOf(r.Context())
	switch {
	case modernBody(m):
	case m.Method == string(mcp.MethodInitialize):
		r.Header.Del(mcp.HeaderProtocolVersion)
		return r, false
	case r.Header.Get(mcp.HeaderSessionID) != "":
		if from.claims != nil {
			r.Header.Set(mcp.HeaderProtocolVersion, from.claims.Version)
		}
		return r, false
	}
	r.Header.Del(mcp.HeaderSessionID) // has no meaning any more, so it can't have a wrong one
	from.session, from.claims = "", nil
	return r.WithContext(withCaller(r.Context(), from)), true
}
