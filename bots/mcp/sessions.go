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
	// sessionLife is how long a session lives, used or not.
	sessionLife = 24 * time.Hour

	// maxEnded is how many ended sessions are remembered.
	maxEnded = 4096

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
	Until   int64  `json:"u"`           // Unix seconds
	Nonce   string `json:"n"`
}

// sessions opens sessions of the handshake era and reads their ids. An id is
// of use only to the caller that opened the session. It is safe for concurrent
// use.
type sessions struct {
	secret func(context.Context) ([]byte, error) // nil: there is no shared key
	own    []byte                                // seals where the shared key can't be had
	now    func() time.Time
	log    zerolog.Logger
	text   *base64.Encoding               // of the parts of an id: has one text for every value
	ended  *cache.Cache[string, struct{}] // by nonce

	mu     sync.Mutex
	shared []byte // nil: not known yet
}

func newSessions(s *Server) *sessions {
	own := make([]byte, sha256.Size)
	_, _ = rand.Read(own) // never fails
	return &sessions{
		secret: s.secret, own: own, now: s.now, log: s.log, text: base64.RawURLEncoding.Strict(),
		ended: cache.New[string](cache.Config[struct{}]{MaxEntries: maxEnded, TTL: sessionLife, Now: s.now}),
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
	v.Until, v.Nonce = s.now().Add(sessionLife).Unix(), rand.Text()
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
	if err != nil || json.Unmarshal(raw, &v) != nil || s.now().Unix() >= v.Until {
		return sessionClaims{}, false
	}
	_, over := s.ended.Get(v.Nonce)
	return v, !over
}

// end makes a session unknown to this process. Others know it until its time
// is over: it holds nothing, and is of use to its caller only.
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
		if v.Forms {
			session.SetClientCapabilities(mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapability{}})
		}
	}
	if session, ok := server.ClientSessionFromContext(ctx).(interface{ SetProtocolVersion(string) }); ok {
		session.SetProtocolVersion(v.Version)
	}
	return ctx
}
