// Package calendar serves days on which something is due as a feed that calendar
// programs follow.
//
// Such programs send nothing but an address, so the address holds the secret: a
// token of one calendar, which opens that and nothing else, and of which only
// the hash is kept. Without it there is nothing here.
package calendar

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/icalendar"
	"didops/internal/ratelimit"
	"didops/internal/view"
)

// Path is where the feeds are: /calendar/<token>.ics.
const Path = "/calendar/"

const ending = ".ics"

// Config is what a [Handler] needs.
type Config struct {
	Read              func(context.Context) (view.Agenda, error) // what is due
	RequestsPerMinute int                                        // of each calendar, and of each address without one; 0 = no bound
	Refused           func(status int)                           // is told of every request that is turned away; nil = nobody is
	Now               func() time.Time
	Log               zerolog.Logger
}

// Calendar is who may follow the feed.
type Calendar struct {
	Name        string
	TokenSHA256 [sha256.Size]byte
	Fees        bool // what things cost is told
}

// Handler serves the feed. It is safe for concurrent use.
type Handler struct {
	c         Config
	calendars atomic.Pointer[[]Calendar]
	limit     *ratelimit.Limiter
}

// New returns a handler for [Path].
func New(c Config, calendars []Calendar) *Handler {
	h := &Handler{c: c, limit: ratelimit.New(c.RequestsPerMinute, c.Now)}
	h.Exchange(calendars)
	return h
}

// Exchange puts other calendars in the place of those that are served.
func (h *Handler) Exchange(calendars []Calendar) { h.calendars.Store(&calendars) }

// ServeHTTP answers with a calendar, or with the same words whatever is wrong
// with the address.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Robots-Tag", "noindex")
	head.Set("Cache-Control", "no-store")
	of, found := h.named(r)
	caller := ratelimit.Caller(r.RemoteAddr)
	if found {
		caller = "calendar " + of.Name
	}
	if wait := h.limit.Take(caller); wait > 0 {
		head.Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		h.refuse(w, http.StatusTooManyRequests, "too many requests")
		return
	}
	if !found {
		h.c.Log.Warn().Ctx(r.Context()).Str("remote", r.RemoteAddr).Msg("calendar: a request without a valid token")
		h.refuse(w, http.StatusNotFound, "not found")
		return
	}
	data, tag, err := h.draw(r.Context(), of)
	if err != nil {
		h.c.Log.Warn().Ctx(r.Context()).Err(err).Str("calendar", of.Name).Msg("calendar: there is nothing to serve")
		head.Set("Retry-After", "300")
		h.refuse(w, http.StatusServiceUnavailable, "not available at the moment")
		return
	}
	head.Set("Cache-Control", "private, max-age=900")
	head.Set("Content-Type", icalendar.Kind)
	head.Set("Content-Disposition", `inline; filename="renewals.ics"`)
	head.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func (h *Handler) refuse(w http.ResponseWriter, status int, why string) {
	if h.c.Refused != nil {
		h.c.Refused(status)
	}
	http.Error(w, why, status)
}

// named returns the calendar that a request is for. All are compared, so that
// how long it takes tells nothing of them.
func (h *Handler) named(r *http.Request) (of Calendar, found bool) {
	token, whole := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, Path), ending)
	sum := sha256.Sum256([]byte(token))
	for _, c := range *h.calendars.Load() {
		if subtle.ConstantTimeCompare(sum[:], c.TokenSHA256[:]) == 1 {
			of, found = c, true
		}
	}
	return of, found && whole && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// draw returns a calendar and what tells its content from another: whenever it
// was read.
func (h *Handler) draw(ctx context.Context, of Calendar) (data []byte, tag string, err error) {
	a, err := h.c.Read(ctx)
	if err != nil {
		return nil, "", err
	}
	var timeless, b bytes.Buffer
	content := icalendar.Of(a, of.Fees)
	if err := icalendar.Write(&b, content); err != nil {
		return nil, "", err
	}
	content.Stamp = time.Time{}
	if err := icalendar.Write(&timeless, content); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(timeless.Bytes())
	return b.Bytes(), `W/"` + hex.EncodeToString(sum[:12]) + `"`, nil
}
