package mcp

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"didops/internal/cache"
)

const (
	// sessionLife is how long a session lives that is not used. One that is
	// used does not end by itself.
	sessionLife = 30 * 24 * time.Hour

	// sessionStep is how exactly it is kept when a session was used last.
	sessionStep = time.Hour

	// sessionPatience is how long a request waits for the store to say so, and
	// sessionRetry how long after a failure it is asked again.
	sessionPatience = 2 * time.Second
	sessionRetry    = time.Minute

	// maxEnded is how many ended sessions are remembered, and maxUsed of how
	// many it is known without the store when they were used.
	maxEnded = 4096
	maxUsed  = 16384

	// maxSessionID is the most bytes of a session id. Ours have a few hundred.
	maxSessionID = 1024
)

// sessionClaims is what a client said of itself when it opened a session. The id of
// the session is these claims themselves, sealed together with who the client is: so
// every process with the key knows the session, and none has to keep it.
type sessionClaims struct {
	Version string `json:"v"`           // of the protocol
	Program string `json:"p,omitempty"` // the client as it names itself
	Forms   bool   `json:"f,omitempty"` // it has dialogs with forms
	Opens   bool   `json:"o,omitempty"` // it opens addresses for its person
	Views   bool   `json:"u,omitempty"` // it shows a page beside a result
	Begun   int64  `json:"b"`           // Unix seconds
	Nonce   string `json:"n"`
}

// SessionStore keeps when sessions were used last, for all processes that share
// them. It is implemented by internal/store. Safe for concurrent use.
type SessionStore interface {
	// Used returns the zero time where nothing is known.
	Used(ctx context.Context, id string) (time.Time, error)
	Use(ctx context.Context, id string, at time.Time) error
}

// sessions opens sessions of the handshake era and reads their ids. An id is
// of use only to the caller that opened the session. It is safe for concurrent
// use.
type sessions struct {
	secret func(context.Context) ([]byte, error) // nil: there is no shared key
	own    []byte                                // seals where the shared key can't be had
	now    func() time.Time
	log    zerolog.Logger
	text   *base64.Encoding                // of the parts of an id: has one text for every value
	ended  *cache.Cache[string, struct{}]  // by nonce
	used   *cache.Cache[string, time.Time] // last, by nonce
	kept   SessionStore                    // nil: it is known to this process only

	mu     sync.Mutex
	shared []byte // nil: not known yet
}

func newSessions(s *Server) *sessions {
	own := make([]byte, sha256.Size)
	_, _ = rand.Read(own) // never fails
	return &sessions{
		secret: s.secret, own: own, now: s.now, log: s.log, text: base64.RawURLEncoding.Strict(),
		ended: cache.New[string](cache.Config[struct{}]{MaxEntries: maxEnded, TTL: sessionLife, Now: s.now}),
		used:  cache.New[string](cache.Config[time.Time]{MaxEntries: maxUsed}), kept: s.sessions,
	}
}

// key returns the key that all processes share, or nil where it can't be had
// at the moment.
func (s *sessions) key(ctx context.Context) []byte {
	s.mu.Lock()
	known := s.shared
	s.mu.Unlock()
	if known != nil || s.secret == nil {
		return known
	}
	key, err := s.secret(ctx)
	if err != nil {
		s.log.Warn().Err(err).Msg("mcp: without the store's key, sessions are good in this process only")
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared = key
	return key
}

// open returns the id of a new session of the caller's.
func (s *sessions) open(ctx context.Context, caller string, v sessionClaims) string {
	v.Begun, v.Nonce = s.now().Unix(), rand.Text()
	text, _ := json.Marshal(v) // texts and a number can always be written
	body := s.text.EncodeToString(text)
	key := s.key(ctx)
	if key == nil {
		key = s.own
	}
	return sessionPrefix + body + "." + s.text.EncodeToString(sealOf(key, caller, body))
}

// find returns the session with the id; not ok unless it is the caller's, and
// goes on.
func (s *sessions) find(ctx context.Context, caller, id string) (v sessionClaims, ok bool) {
	text, ours := strings.CutPrefix(id, sessionPrefix)
	body, seal, whole := strings.Cut(text, ".")
	is, err := s.text.DecodeString(seal)
	if !ours || !whole || err != nil || len(id) > maxSessionID {
		return sessionClaims{}, false
	}
	if !hmac.Equal(is, sealOf(s.own, caller, body)) {
		key := s.key(ctx)
		if key == nil || !hmac.Equal(is, sealOf(key, caller, body)) {
			return sessionClaims{}, false
		}
	}
	raw, err := s.text.DecodeString(body)
	if err != nil || json.Unmarshal(raw, &v) != nil {
		return sessionClaims{}, false
	}
	if _, over := s.ended.Get(v.Nonce); over {
		return sessionClaims{}, false
	}
	return v, s.alive(ctx, v)
}

// alive reports whether a session has been used lately, and takes note of this
// use. While the store can't be asked a session lives on: it opens nothing to
// anybody but its caller.
func (s *sessions) alive(ctx context.Context, v sessionClaims) bool {
	now := s.now()
	last, known := s.used.Get(v.Nonce)
	if known && now.Sub(last) < sessionStep {
		return true
	}
	if begun := time.Unix(v.Begun, 0); last.Before(begun) {
		last = begun
	}
	if s.kept == nil {
		if now.Sub(last) > sessionLife+sessionStep {
			return false
		}
		s.used.Put(v.Nonce, now)
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, sessionPatience)
	defer cancel()
	last, alive, err := s.keep(ctx, v.Nonce, last, now)
	if err != nil {
		s.log.Debug().Err(err).Msg("mcp: when a session was used can't be kept in the store at the moment")
		last, alive = now.Add(sessionRetry-sessionStep), true
	}
	if alive {
		s.used.Put(v.Nonce, last)
	}
	return alive
}

// keep asks the store when a session was used, of which one use is known, and
// tells it of the one now, if that is worth a write.
func (s *sessions) keep(ctx context.Context, id string, last, now time.Time) (used time.Time, alive bool, err error) {
	at, err := s.kept.Used(ctx, id)
	if err != nil {
		return last, false, err
	}
	if at.After(last) {
		last = at
	}
	switch unused := now.Sub(last); {
	case unused > sessionLife+sessionStep:
		return last, false, nil
	case unused < sessionStep:
		return last, true, nil
	}
	return now, true, s.kept.Use(ctx, id, now)
}

// end makes a session unknown to this process. Others know it until it has not
// been used for long: it holds nothing, and is of use to its caller only.
func (s *sessions) end(v sessionClaims) { s.ended.Put(v.Nonce, struct{}{}) }

// sealOf binds a session to its caller. The body has no zero byte.
func sealOf(key []byte, caller, body string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(caller + "\x00" + body))
	return mac.Sum(nil)
}

// ResolveSessionIdManager implements server.SessionIdManagerResolver: it
// returns what mcp-go may know of the session that a request is in. Without a
// request, which is when all streams are closed, that is nothing.
func (s *sessions) ResolveSessionIdManager(r *http.Request) server.SessionIdManager { //nolint:revive // the name is mcp-go's
	if r == nil {
		return manager{}
	}
	return manager{s, callerOf(r.Context()).claims}
}

// manager is mcp-go's view of one session; without a visit, of none.
type manager struct {
	all    *sessions
	claims *sessionClaims
}

// Generate implements server.SessionIdManager. Without an id mcp-go keeps
// nothing of the session; the client gets one when the handshake is done.
func (manager) Generate() string { return "" }

// Validate implements server.SessionIdManager.
func (m manager) Validate(string) (terminated bool, err error) {
	if m.claims == nil {
		return false, errors.New("no such session")
	}
	return false, nil
}

// Terminate implements server.SessionIdManager.
func (m manager) Terminate(string) (notAllowed bool, err error) {
	if m.claims != nil {
		m.all.end(*m.claims)
	}
	return false, nil
}

// remember gives the session that mcp-go makes for one request what its
// client said at the handshake.
func remember(ctx context.Context, _ *http.Request) context.Context {
	v := callerOf(ctx).claims
	if v == nil {
		return ctx
	}
	if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		session.SetClientInfo(mcp.Implementation{Name: v.Program})
		var has mcp.ClientCapabilities
		has.Elicitation = v.elicits()
		if v.Views {
			has.Extensions = map[string]any{uiExtension: map[string]any{}}
		}
		session.SetClientCapabilities(has)
	}
	if session, ok := server.ClientSessionFromContext(ctx).(interface{ SetProtocolVersion(string) }); ok {
		session.SetProtocolVersion(v.Version)
	}
	return ctx
}

// elicits is the capability to ask a person that a client declared.
func (v sessionClaims) elicits() *mcp.ElicitationCapability {
	if !v.Forms && !v.Opens {
		return nil
	}
	has := &mcp.ElicitationCapability{}
	if v.Forms {
		has.Form = &struct{}{}
	}
	if v.Opens {
		has.URL = &struct{}{}
	}
	return has
}
