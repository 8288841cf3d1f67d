package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/internal/audit"
	"didops/internal/notify"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
	"didops/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

const (
	exchange   = "sandbox"
	secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// world is a store with a trail that grows, and tells of it.
type world struct {
	store *store.Store

	mu   sync.Mutex
	news chan struct{} // closed when the trail has grown
}

func newWorld(tb testing.TB, c store.Config) *world {
	tb.Helper()
	if c.URL == "" {
		c.Path = filepath.Join(tb.TempDir(), "orders.db")
	}
	c.Now, c.Log = time.Now, zerolog.Nop()
	s, err := store.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Prepare(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return &world{store: s, news: make(chan struct{})}
}

// append adds entries to the trail, and returns their hashes.
func (w *world) append(tb testing.TB, entries ...audit.Entry) (hashes []string) {
	tb.Helper()
	err := w.store.Audit().Write(context.Background(), func(tx audit.Tx) error {
		for _, e := range entries {
			if e.At.IsZero() {
				e.At = time.Now()
			}
			if e.Exchange == "" {
				e.Exchange = exchange
			}
			_, hash, err := tx.Append(e)
			if err != nil {
				return err
			}
			hashes = append(hashes, hash)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.news)
	w.news = make(chan struct{})
	return hashes
}

// changed is [notify.Config].Changed.
func (w *world) changed(ctx context.Context, after int64) {
	for ctx.Err() == nil {
		w.mu.Lock()
		news := w.news
		w.mu.Unlock()
		if head, err := w.store.Audit().Head(ctx); err != nil || head > after {
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
		}
	}
}

// config is that of a process on the world.
func (w *world) config(targets ...notify.Target) notify.Config {
	return notify.Config{
		Store: w.store.Webhooks(), Leases: w.store.Leases(), Exchange: exchange, Sandbox: true, Targets: targets,
		Head: w.store.Audit().Head, Changed: w.changed, Now: time.Now, Log: zerolog.Nop(),
	}
}

// standing is how one target is told.
func standing(tb testing.TB, s *notify.Service, name string) notify.Standing {
	tb.Helper()
	list, err := s.Standings(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	for _, l := range list {
		if l.Name == name {
			return l
		}
	}
	tb.Fatalf("got %+v, want one of %s", list, name)
	return notify.Standing{}
}

// answer is what a receiver does with one request.
type answer struct {
	status  int    // 0 = it hangs up
	after   string // Retry-After
	deaf    bool   // it hangs up before it has the event
	pause   time.Duration
	yielded func() // called when it has the event, before it answers; nil = nothing
}

// arrival is an event that reached a receiver.
type arrival struct {
	id   string
	at   time.Time
	body notify.Event
	yes  bool
}

// receiver is one that is in memory. It verifies what it gets.
type receiver struct {
	tb     testing.TB
	secret webhook.Secret
	does   func(n int, e notify.Event) answer // nil = it says yes

	mu     sync.Mutex
	n      int
	got    []arrival
	bodies []string
	more   chan struct{} // closed with the next arrival
}

func newReceiver(tb testing.TB) *receiver {
	tb.Helper()
	s, err := webhook.ParseSecret(secretText)
	if err != nil {
		tb.Fatal(err)
	}
	return &receiver{tb: tb, secret: s, more: make(chan struct{})}
}

// target is the receiver as it is configured.
func (r *receiver) target(tb testing.TB, name string, events ...string) notify.Target {
	tb.Helper()
	c, err := webhook.New(webhook.Config{
		URL: "https://hooks.example.net/" + name, Secrets: []webhook.Secret{r.secret}, Agent: "didops/test", Now: time.Now, Transport: r,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return notify.Target{Name: name, Settings: "1", Events: events, Client: c}
}

var errHungUp = errors.New("hung up")

// RoundTrip implements [http.RoundTripper].
func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	_ = req.Body.Close()
	var e notify.Event
	if err := json.Unmarshal(body, &e); err != nil {
		r.tb.Errorf("got %s: %v", body, err)
	}
	r.verify(req, body)
	a := answer{status: http.StatusNoContent}
	r.mu.Lock()
	n := r.n
	r.n++
	r.mu.Unlock()
	if r.does != nil {
		a = r.does(n, e)
	}
	if a.deaf {
		return nil, errHungUp
	}
	r.take(arrival{req.Header.Get("Webhook-Id"), time.Now(), e, a.status/100 == 2 && a.pause == 0}, string(body))
	if a.yielded != nil {
		a.yielded()
	}
	if a.pause > 0 {
		select {
		case <-time.After(a.pause):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	if a.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	h := http.Header{}
	if a.after != "" {
		h.Set("Retry-After", a.after)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader("")), Request: req}, nil
}

func (r *receiver) verify(req *http.Request, body []byte) {
	sec, err := time.ParseDuration(req.Header.Get("Webhook-Timestamp") + "s")
	at := time.Unix(int64(sec/time.Second), 0)
	if want := r.secret.Sign(req.Header.Get("Webhook-Id"), at, body); err != nil || req.Header.Get("Webhook-Signature") != want || time.Since(at).Abs() > time.Minute {
		r.tb.Errorf("got the headers %v, want a signature of now", req.Header)
	}
}

func (r *receiver) take(a arrival, body string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, a)
	r.bodies = append(r.bodies, body)
	close(r.more)
	r.more = make(chan struct{})
}

// arrivals returns what has reached the receiver.
func (r *receiver) arrivals() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]arrival(nil), r.got...)
}

// accepted returns the words of the events to which it said yes, in order.
func (r *receiver) accepted() (list []string) {
	for _, a := range r.arrivals() {
		if a.yes {
			list = append(list, a.body.Data.Event)
		}
	}
	return list
}

// await returns when so many events have been accepted, or ctx ends.
func (r *receiver) await(ctx context.Context, n int) bool {
	for {
		r.mu.Lock()
		more := r.more
		r.mu.Unlock()
		if len(r.accepted()) >= n {
			return true
		}
		select {
		case <-more:
		case <-ctx.Done():
			return false
		}
	}
}

// running runs a service, and returns what ends it.
func running(tb testing.TB, s *notify.Service) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			tb.Errorf("run: %v", err)
		}
	}()
	return sync.OnceFunc(func() { cancel(); <-done })
}
