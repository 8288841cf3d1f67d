package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Request is one request as the sandbox saw it.
type Request struct {
	N         int        `json:"n"`         // counted from 1 since the server was made
	Method    string     `json:"method"`    // anything but POST leaves parameters in URLs and logs
	Path      string     `json:"path"`      // without the query
	Operation Operation  `json:"operation"` // "" where the path is unknown
	Auth      string     `json:"auth"`      // signature, digest or ""
	Form      url.Values `json:"form"`      // all parameters but the signature
}

// requestsKept is how many requests are remembered.
const requestsKept = 1000

// journal remembers the latest requests. Safe for concurrent use.
type journal struct {
	mu     sync.Mutex
	count  int
	latest []Request // a ring once it is full
}

func (j *journal) record(r *http.Request, op Operation, form url.Values) {
	req := Request{Method: r.Method, Path: r.URL.Path, Operation: op, Form: maps.Clone(form)}
	switch {
	case form.Has("signature"):
		req.Auth = "signature"
	case strings.HasPrefix(r.Header.Get("Authorization"), "Digest "):
		req.Auth = "digest"
	}
	delete(req.Form, "signature")
	j.mu.Lock()
	defer j.mu.Unlock()
	req.N = j.count + 1
	if j.count < requestsKept {
		j.latest = append(j.latest, req)
	} else {
		j.latest[j.count%requestsKept] = req
	}
	j.count++
}

// Requests returns the latest 1,000 requests, oldest first. The N of the last
// is how many there were. The forms are the journal's own: don't change them.
func (s *Server) Requests() []Request {
	j := &s.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.count <= requestsKept {
		return slices.Clone(j.latest)
	}
	at := j.count % requestsKept
	return slices.Concat(j.latest[at:], j.latest[:at])
}
