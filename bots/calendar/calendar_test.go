package calendar_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/calendar"
	"didops/internal/view"
)

// Tokens of the calendars of the tests.
const (
	plain = "plain-0123456789abcdef0123456789abcdef"
	rich  = "rich-0123456789abcdef0123456789abcdef"
)

type feed struct {
	*calendar.Handler
	agenda  view.Agenda
	err     error
	log     bytes.Buffer
	refused []int
	now     time.Time
}

func newFeed() *feed {
	f := &feed{now: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)}
	f.agenda = view.Agenda{Name: "Renewals", AsOf: f.now, Events: []view.Event{{ID: "a@didops", Day: f.now.AddDate(0, 0, 7), What: "Renewal: 1 number", Cost: "1.25 USD"}}}
	f.Handler = calendar.New(calendar.Config{
		Read: func(context.Context) (view.Agenda, error) { return f.agenda, f.err }, RequestsPerMinute: 5,
		Refused: func(status int) { f.refused = append(f.refused, status) }, Now: func() time.Time { return f.now }, Log: zerolog.New(&f.log),
	}, both())
	return f
}

func both() []calendar.Calendar {
	return []calendar.Calendar{{Name: "plain", TokenSHA256: sha256.Sum256([]byte(plain))}, {Name: "rich", TokenSHA256: sha256.Sum256([]byte(rich)), Fees: true}}
}

// answer is what a calendar program gets.
type answer struct {
	StatusCode int
	Header     http.Header
	text       string
}

func (f *feed) get(t *testing.T, method, path string, head ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://didops.example"+path, nil)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// TestFeed holds what a calendar program gets, and what it is spared.
func TestFeed(t *testing.T) {
	t.Parallel()
	f := newFeed()
	r := f.get(t, http.MethodGet, "/calendar/"+plain+".ics")
	if got := r.text; r.StatusCode != http.StatusOK || !strings.Contains(got, "SUMMARY:Renewal: 1 number\r\n") || strings.Contains(got, "1.25") {
		t.Errorf("got %d %s", r.StatusCode, got)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, max-age=900", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	tag := r.Header.Get("ETag")
	f.agenda.AsOf = f.agenda.AsOf.Add(time.Hour) // looked at again, and nothing is another
	if r := f.get(t, http.MethodGet, "/calendar/"+plain+".ics", "If-None-Match", tag); r.StatusCode != http.StatusNotModified || r.text != "" {
		t.Errorf("got %d, want not modified", r.StatusCode)
	}
	if r := f.get(t, http.MethodHead, "/calendar/"+plain+".ics"); r.StatusCode != http.StatusOK || r.text != "" {
		t.Errorf("got %d", r.StatusCode)
	}
	f.agenda.Events[0].What = "Renewal: 2 numbers"
	if r := f.get(t, http.MethodGet, "/calendar/"+plain+".ics", "If-None-Match", tag); r.StatusCode != http.StatusOK {
		t.Errorf("got %d of what is another, want it whole", r.StatusCode)
	}
	if r := f.get(t, http.MethodGet, "/calendar/"+rich+".ics"); !strings.Contains(r.text, "1.25 USD") {
		t.Error("got no fees where they are asked for")
	}
}

// TestClosed holds that nothing but a token opens anything, and that what does
// not is told apart from nothing.
func TestClosed(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"no token": "/calendar/.ics", "nothing": "/calendar/", "another": "/calendar/x" + plain + ".ics", "part": "/calendar/" + plain[:8] + ".ics",
		"without ending": "/calendar/" + plain, "another ending": "/calendar/" + plain + ".txt", "deeper": "/calendar/a/" + plain + ".ics", "a name": "/calendar/plain.ics",
	} {
		f := newFeed()
		if r := f.get(t, http.MethodGet, path); r.StatusCode != http.StatusNotFound || r.text != "not found\n" || r.Header.Get("ETag") != "" {
			t.Errorf("%s: got %d", name, r.StatusCode)
		}
		if strings.Contains(f.log.String(), plain[:8]) || !strings.Contains(f.log.String(), "without a valid token") {
			t.Errorf("%s: got the log %s", name, f.log.String())
		}
	}
	f := newFeed()
	if r := f.get(t, http.MethodPost, "/calendar/"+plain+".ics"); r.StatusCode != http.StatusNotFound {
		t.Errorf("got %d of a POST", r.StatusCode)
	}
	f.Exchange(both()[1:])
	if r := f.get(t, http.MethodGet, "/calendar/"+plain+".ics"); r.StatusCode != http.StatusNotFound {
		t.Errorf("got %d of a token that was taken back", r.StatusCode)
	}
	if r := f.get(t, http.MethodGet, "/calendar/"+rich+".ics"); r.StatusCode != http.StatusOK {
		t.Errorf("got %d of the one that is left", r.StatusCode)
	}
}

// TestLimits holds that calendars and strangers each have a bound of their own.
func TestLimits(t *testing.T) {
	t.Parallel()
	f := newFeed()
	for range 5 {
		f.get(t, http.MethodGet, "/calendar/guess.ics")
	}
	if r := f.get(t, http.MethodGet, "/calendar/guess.ics"); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("got %d", r.StatusCode)
	}
	if r := f.get(t, http.MethodGet, "/calendar/"+plain+".ics"); r.StatusCode != http.StatusOK {
		t.Errorf("got %d for a calendar from the same address", r.StatusCode)
	}
	if got := f.refused[len(f.refused)-1]; got != http.StatusTooManyRequests || len(f.refused) != 6 {
		t.Errorf("got %v", f.refused)
	}
	f.err = errors.New("the store is away: postgres://user:secret@db.example")
	if r := f.get(t, http.MethodGet, "/calendar/"+plain+".ics"); r.StatusCode != http.StatusServiceUnavailable || strings.Contains(r.text, "secret") {
		t.Errorf("got %d", r.StatusCode)
	}
}
