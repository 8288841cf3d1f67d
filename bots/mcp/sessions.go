package mcp

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/server"
)

// maxSessions is how many sessions a caller may have. One more ends the
// oldest.
const maxSessions = 64

// sessions knows the sessions of the handshake era and whose they are. An id
// is of use only to the caller that opened the session: mcp-go accepts any id
// that looks like one, and matches answers to its questions by the id and a
// small number. It is safe for concurrent use.
//
// The list lives in this process. Clients of another process, or of an
// earlier one, are told to begin anew; the newer era has no sessions.
type sessions struct {
	mu    sync.Mutex
	owned map[string][]string // caller → ids, oldest first
}

// ResolveSessionIdManager implements server.SessionIdManagerResolver: it
// returns the caller's view of the sessions. Without a request, which is when
// idle sessions end, it is that of nobody, who may end any.
func (s *sessions) ResolveSessionIdManager(r *http.Request) server.SessionIdManager { //nolint:revive // the name is mcp-go's
	if r == nil {
		return view{s, ""}
	}
	return view{s, callerOf(r.Context()).who.String()}
}

// Sessions returns how many sessions of the handshake era are open; clients of
// the newer era have none.
func (h *Handler) Sessions() int {
	s := h.sessions
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, ids := range s.owned {
		n += len(ids)
	}
	return n
}

// has reports whether the caller has the session.
func (s *sessions) has(caller, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.owned[caller], id)
}

func (s *sessions) open(caller string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sessionPrefix + rand.Text()
	ids := append(s.owned[caller], id)
	s.owned[caller] = ids[max(0, len(ids)-maxSessions):]
	return id
}

// end forgets a session of the caller's or, if caller is empty, of anybody's.
func (s *sessions) end(caller, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for owner, ids := range s.owned {
		if caller != "" && caller != owner {
			continue
		}
		ids = slices.DeleteFunc(ids, func(i string) bool { return i == id })
		if s.owned[owner] = ids; len(ids) == 0 {
			delete(s.owned, owner)
		}
	}
}

// view is what one caller sees of the sessions.
type view struct {
	all    *sessions
	caller string
}

// Generate implements server.SessionIdManager.
func (v view) Generate() string { return v.all.open(v.caller) }

// Validate implements server.SessionIdManager.
func (v view) Validate(id string) (terminated bool, err error) {
	if !v.all.has(v.caller, id) {
		return false, errors.New("no such session")
	}
	return false, nil
}

// Terminate implements server.SessionIdManager.
func (v view) Terminate(id string) (notAllowed bool, err error) {
	v.all.end(v.caller, id)
	return false, nil
}
